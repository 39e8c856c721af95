import { type Payout, payouts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ledgerText, text } from '../../test/ledger-text.ts';
import {
  createPair,
  earn,
  type MoneyWorld,
  type Pair,
  problemOf,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { forgetRateLimits } from '../../test/people.ts';
import { payoutsOf } from '../../test/scheduled.ts';
import { audit } from '../audit/audit.ts';
import { adviceFor } from './advice.ts';

const dayMs = 86_400_000;

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});

const withdraw = async (idempotencyKey = 'key'): Promise<Payout> => {
  await pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey });
  await world.settle();
  return (await payoutsOf(pair.contractor))[0]!;
};
const accountOf = async () => (await pair.contractor.client.call(payouts.balance)).account.stripeAccountId!;
const available = async () => (await pair.contractor.client.call(payouts.balance)).balances[0]!.available;

describe('a failed payout', () => {
  test('says why and what to do, and the money can be withdrawn again', async () => {
    await earn(world, pair, { amount: 1000, currency: 'eur' });
    const made = await withdraw();
    await world.sandbox.control.failPayout(made.stripePayoutId!, 'account_closed');
    await world.settle();
    expect((await payoutsOf(pair.contractor))[0]).toMatchObject({
      status: 'failed',
      scheduled: false,
      failure: {
        code: 'account_closed',
        message: 'The bank account has been closed.',
        advice: expect.stringMatching(/^Add another bank account .*POST \/api\/payouts\/connect/),
      },
    });
    expect(await available()).toBe(900);
    expect((await withdraw('again')).amount.amount).toBe(900);
  });

  test('that was paid before, told of late, out of order and three times, gives the money back once', async () => {
    await earn(world, pair, { amount: 1000, currency: 'eur' });
    const made = await withdraw();
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.clock.advance(4 * dayMs);
    await world.sandbox.control.failPayout(made.stripePayoutId!);
    // The news of "paid" comes after that of "failed".
    await world.sandbox.control.releaseWebhooks({ order: 'reversed', copies: 3 });
    await world.settle();
    await world.advance(31 * 60_000);
    expect((await payoutsOf(pair.contractor))[0]!.status).toBe('failed');
    expect(await available()).toBe(900);
    expect(await ledgerText(world, { contractorId: pair.contractor.id })).toBe(text`
      payout-promised: contractor_balance +900, payout_pending -900
      payout-sent: bank_in_transit +900, connected_stripe -900
      payout-failed: payout_pending +900, contractor_balance -900, connected_stripe +900, bank_in_transit -900
      = bank_in_transit 0, connected_stripe 0, contractor_balance 0, payout_pending 0`);
  });

  test('whose code nobody knows still says what to do', () => {
    for (const code of ['a_code_of_tomorrow', 'constructor', '__proto__', ''])
      expect(adviceFor(code)).toContain('then withdraw again');
  });
});

describe('an account that is restricted', () => {
  test('refuses a withdrawal with what Stripe asks for and where to give it', async () => {
    await earn(world, pair, { amount: 1000, currency: 'eur' });
    // Nobody has told us yet: the refusal of the payout does.
    await world.sandbox.control.holdWebhooks();
    await world.sandbox.control.changeAccount(await accountOf(), 'restricted');
    expect(await withdraw()).toMatchObject({
      status: 'failed',
      stripePayoutId: null,
      failure: { code: 'payouts_not_allowed', advice: expect.stringContaining('give what is missing') },
    });
    const { account, balances } = await pair.contractor.client.call(payouts.balance);
    expect(account).toMatchObject({ state: 'restricted', payoutsEnabled: false });
    expect(balances[0]).toMatchObject({ available: 900, inTransit: 0 });
    const problem = await problemOf(withdraw('second'));
    expect(problem).toMatchObject({ status: 409, code: 'onboarding_required' });
    expect(problem.detail).toBe(
      'Stripe has switched payouts off for this account (requirements.past_due) and asks for: ' +
        'individual.verification.document. Open the link of POST /api/payouts/connect and give what is missing.',
    );
    // Given back, and nobody told us of that either.
    await world.sandbox.control.changeAccount(await accountOf(), 'complete');
    expect((await withdraw('third')).stripePayoutId).toMatch(/^po_/);
    await world.sandbox.control.releaseWebhooks();
    await world.settle();
  });

  test('that was rejected says so', async () => {
    await world.sandbox.control.changeAccount(await accountOf(), 'rejected');
    await world.settle();
    expect((await problemOf(withdraw())).detail).toContain('(rejected.other) for good');
  });
});

test('after all of it everything adds up', async () => {
  await world.settle();
  expect((await audit(world.ctx, 50)).flatMap((result) => result.findings)).toEqual([]);
});
