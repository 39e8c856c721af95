import { payouts, type ScheduleRequest } from '@holdfast/contract';
import { type Action, type Attempt, doing, personOf, type Sequence } from '../action.ts';
import { call } from '../api.ts';
import { accounts, peopleWithMoney, rowsOf, sentPayouts } from '../look.ts';
import type { Person } from '../people.ts';

const badBank = '000111111116';

/** Begins through the API and fills in Stripe's hosted page. */
export function onboarding({ chance, world }: Sequence, contractor: Person): Attempt {
  const bankAccountNumber = chance.happens(85) ? '000123456789' : badBank;
  return {
    says: `${contractor.name} onboards with bank ${bankAccountNumber}`,
    // A closed account is not replaced while something of it is on its way to the bank.
    expects: ['ok', 'conflict'],
    run: async () => {
      const begun = await call(world, contractor, payouts.connect, { body: {} });
      if (begun.code === 'ok')
        await world.sandbox.control.completeOnboarding(begun.body!.account.stripeAccountId!, {
          bankAccountNumber,
        });
      return begun;
    },
  };
}

const onboard: Action = {
  name: 'onboard',
  weight: 3,
  isContended: true,
  plan: async (sequence) => onboarding(sequence, sequence.chance.pick(sequence.contractors)),
};

const restrict: Action = {
  name: 'restrict an account, or be content again',
  weight: 2,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await accounts(sequence);
    if (known.length === 0) return undefined;
    const { stripeAccountId } = chance.pick(known);
    const stage = chance.pick(['restricted', 'rejected', 'complete', 'complete'] as const);
    return doing(`Stripe makes ${stripeAccountId} ${stage}`, () =>
      world.sandbox.control.changeAccount(stripeAccountId, stage).catch(() => 'not possible'),
    );
  },
};

/** It is closed to us for good: what is in it stays theirs, and another one has to be made. */
const leave: Action = {
  name: 'an account leaves the platform',
  weight: 1,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await accounts(sequence);
    if (known.length === 0) return undefined;
    const { stripeAccountId } = chance.pick(known);
    return doing(`${stripeAccountId} leaves`, () =>
      world.sandbox.control.deauthorizeAccount(stripeAccountId).catch(() => 'not possible'),
    );
  },
};

/** What somebody does whose account was closed, or who has none yet. */
const replace: Action = {
  name: 'replace a closed account',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const closed = await rowsOf(
      sequence,
      'select user_id as id from connected_accounts where closed_at is not null order by created_at, user_id',
    );
    if (closed.length === 0) return undefined;
    return onboarding(sequence, personOf(sequence, sequence.chance.pick(closed).id));
  },
};

const withdraw: Action = {
  name: 'withdraw',
  weight: 8,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const owed = await peopleWithMoney(sequence);
    const contractor = chance.pick(owed.length > 0 && chance.happens(80) ? owed : sequence.contractors);
    const share = chance.pick([30, 60, 100, 100]);
    sequence.count += 1;
    const idempotencyKey = `withdrawal-${sequence.count}`;
    return {
      says: `${contractor.name} withdraws ${share} %`,
      expects: [
        'ok',
        'onboarding_required',
        'insufficient_funds',
        'nothing available',
        'payment_provider_failed',
      ],
      run: async () => {
        const seen = await call(world, contractor, payouts.balance);
        if (seen.code !== 'ok') return seen;
        const some = seen.body!.balances.filter((one) => one.available > 0);
        if (some.length === 0) return { code: 'nothing available' };
        const { available, currency } = some[idempotencyKey.length % some.length]!;
        const step = currency === 'huf' ? 100 : 1;
        const amount = Math.floor((available * share) / 100 / step) * step;
        const body = { currency, ...(share === 100 || amount === 0 ? {} : { amount }) };
        return call(world, contractor, payouts.withdraw, { body, idempotencyKey });
      },
    };
  },
};

const failPayout: Action = {
  name: 'the bank refuses a payout',
  weight: 3,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = (await sentPayouts(sequence)).filter((one) => one.status !== 'failed');
    if (known.length === 0) return undefined;
    const { id, stripePayoutId } = chance.pick(known);
    return doing(`the bank refuses ${id}`, () =>
      world.sandbox.control.failPayout(stripePayoutId).catch(() => 'too late'),
    );
  },
};

const schedule: Action = {
  name: 'set a payout schedule',
  weight: 2,
  isContended: true,
  plan: async ({ chance, contractors, world }) => {
    const contractor = chance.pick(contractors);
    const body: ScheduleRequest = chance.pick([
      { interval: 'daily' },
      { interval: 'daily' },
      { interval: 'weekly', weekday: 'friday' },
      { interval: 'monthly', dayOfMonth: 31 },
      { interval: 'manual' },
    ]);
    return {
      says: `${contractor.name} wants to be paid out: ${body.interval}`,
      expects: ['ok'],
      run: () => call(world, contractor, payouts.setSchedule, { body }),
    };
  },
};

export const payoutActions: Action[] = [onboard, schedule, restrict, leave, replace, withdraw, failPayout];
