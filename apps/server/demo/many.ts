import { ApiError } from '@holdfast/client';
import {
  bookings,
  type Currency,
  jobs,
  maximumChargeMinor,
  minimumChargeMinor,
  payments,
  payouts,
} from '@holdfast/contract';
import { as, type Player, register, verify } from './player.ts';
import { type Random, randomFrom } from './random.ts';
import { advanceClock, authenticatePayment, fillInOnboarding, type Stage } from './sandbox.ts';
import type { Theatre } from './theatre.ts';
import { until } from './until.ts';

const currencies: Currency[] = ['eur', 'usd', 'gbp', 'jpy', 'kwd'];
const turns = [
  'completed',
  'completed',
  'completed',
  'cancelled before payment',
  'refunded',
  'declined at first',
] as const;
type Turn = (typeof turns)[number];

const atOnce = 4;
const dayMs = 24 * 3_600_000;

/** Plays `count` jobs among a few people, several at once; the seed decides prices, currencies and turns. */
export async function playMany(theatre: Theatre, options: { seed: number; count: number }): Promise<void> {
  const { stage } = theatre;
  const random = randomFrom(options.seed);
  const { customers, contractors } = await gather(stage, Math.min(6, options.count));
  const plans = Array.from({ length: options.count }, (_, index) =>
    plan(random, index, customers, contractors),
  );
  const counts = new Map<Turn, number>();
  const queue = [...plans];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await playTurn(stage, next);
      counts.set(next.turn, (counts.get(next.turn) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  for (const [turn, number] of counts) console.log(`  ${String(number).padStart(5)} ${turn}`);
  await theatre.settled();
  await withdrawAll(theatre, contractors);
}

type Plan = {
  index: number;
  turn: Turn;
  amount: number;
  currency: Currency;
  customer: Player;
  contractor: Player;
};

function plan(random: Random, index: number, customers: Player[], contractors: Player[]): Plan {
  const currency = random.pick(currencies);
  const least = minimumChargeMinor[currency];
  const most = Math.min(maximumChargeMinor, least * 2_000);
  // Steps of ten suit three-decimal currencies as well.
  const amount = Math.ceil((least + random.below(most - least)) / 10) * 10;
  return {
    index,
    turn: random.pick(turns),
    amount,
    currency,
    customer: random.pick(customers),
    contractor: random.pick(contractors),
  };
}

async function gather(stage: Stage, number: number): Promise<{ customers: Player[]; contractors: Player[] }> {
  const make = (role: Player['role'], index: number): Player => ({
    name: `${role} ${index}`,
    email: `${role}${index}@demo.example`,
    role,
  });
  const customers = Array.from({ length: number }, (_, index) => make('customer', index));
  const contractors = Array.from({ length: number }, (_, index) => make('contractor', index));
  for (const player of [...customers, ...contractors]) {
    await register(stage, player);
    await verify(stage, player);
  }
  for (const contractor of contractors) {
    const { account } = await as(stage, contractor, (client) => client.call(payouts.connect, { body: {} }));
    await fillInOnboarding(stage, account.stripeAccountId!);
  }
  return { customers, contractors };
}

async function playTurn(
  stage: Stage,
  { index, turn, amount, currency, customer, contractor }: Plan,
): Promise<void> {
  const price = { amount, currency };
  const jobId = (
    await as(stage, customer, (client) =>
      client.call(jobs.create, {
        body: {
          title: `Job number ${index}`,
          description: 'Something that has to be done soon.',
          category: 'other',
          budget: price,
          place: { address: 'Somewhere 1', city: 'Vienna', lat: 48.2, lng: 16.37 },
        },
      }),
    )
  ).id;
  const invitation = { jobId, contractorId: contractor.userId! };
  const { id } = await as(stage, customer, (client) => client.call(bookings.create, { body: invitation }));
  const params = { id };
  await as(stage, contractor, (client) => client.call(bookings.confirm, { params }));
  if (turn === 'cancelled before payment') {
    await as(stage, customer, (client) => client.call(payments.createIntent, { body: { bookingId: id } }));
    await as(stage, contractor, (client) => client.call(bookings.cancel, { params, body: {} }));
    return;
  }
  await pay(stage, customer, id, turn);
  if (turn === 'refunded') {
    await as(stage, customer, (client) => client.call(bookings.cancel, { params, body: {} }));
    return;
  }
  await as(stage, contractor, (client) => client.call(bookings.deliver, { params, body: { note: 'Done.' } }));
  await as(stage, customer, (client) => client.call(bookings.complete, { params: { id: jobId } }));
}

async function pay(stage: Stage, customer: Player, bookingId: string, turn: Turn): Promise<void> {
  const { payment } = await as(stage, customer, (client) =>
    client.call(payments.createIntent, { body: { bookingId } }),
  );
  const confirm = (paymentMethod?: string) =>
    as(stage, customer, (client) =>
      client.call(payments.confirm, {
        body: { paymentId: payment.id, ...(paymentMethod === undefined ? {} : { paymentMethod }) },
      }),
    );
  if (turn === 'declined at first') {
    const refused = await confirm('pm_card_visa_chargeDeclined').catch((error: unknown) => error);
    if (!(refused instanceof ApiError) || refused.problem.code !== 'card_declined')
      throw new Error('the bad card was not declined');
    await confirm('pm_card_threeDSecure2Required');
    await authenticatePayment(stage, payment.stripePaymentId!);
    await confirm();
    return;
  }
  await confirm('pm_card_visa');
}

async function withdrawAll({ stage, settled }: Theatre, contractors: Player[]): Promise<void> {
  await advanceClock(stage, 3 * dayMs);
  await settled();
  for (const contractor of contractors) {
    const { balances } = await as(stage, contractor, (client) => client.call(payouts.balance));
    for (const { currency, available } of balances)
      if (available > 0)
        await as(stage, contractor, (client) =>
          client.call(payouts.withdraw, { body: { currency }, idempotencyKey: `all-${currency}` }),
        );
  }
  await settled();
  await advanceClock(stage, 4 * dayMs);
  await settled();
  await until('every payout has arrived', async () => {
    const open = await Promise.all(
      contractors.map((contractor) =>
        as(stage, contractor, (client) => client.call(payouts.history, { query: { limit: '100' } })),
      ),
    );
    return open.every((page) => page.items.every((payout) => payout.status === 'paid'));
  });
}
