import fc from 'fast-check';
import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { dayMs, readyAccount, startWorld, type World } from './harness.ts';

const kinds = ['pay', 'transfer', 'payout', 'refund', 'reverse', 'fail', 'cancel', 'wait', 'fault'] as const;
const action = fc.record({
  kind: fc.constantFrom(...kinds),
  amount: fc.integer({ min: 1, max: 12_000 }),
  pick: fc.nat({ max: 1000 }),
});
type Action = { kind: (typeof kinds)[number]; amount: number; pick: number };

function chosen<T>(items: T[], pick: number): T | undefined {
  return items[pick % Math.max(items.length, 1)];
}

async function act(world: World, account: string, { kind, amount, pick }: Action): Promise<unknown> {
  const { stripe, sandbox } = world;
  const own = { stripeAccount: account };
  const charge = async (): Promise<string> =>
    chosen((await stripe.charges.list({ limit: 100 })).data, pick)?.id ?? 'ch_0';
  const payout = async (): Promise<string> =>
    chosen((await stripe.payouts.list({}, own)).data, pick)?.id ?? 'po_0';
  const methods = ['pm_card_visa', 'pm_card_bypassPending', 'pm_card_chargeDeclined'];
  if (kind === 'pay') {
    const payment_method = chosen(methods, pick) ?? '';
    return stripe.paymentIntents.create({
      amount,
      currency: 'usd',
      payment_method,
      confirm: true,
      return_url: 'https://e.com',
    });
  }
  if (kind === 'transfer') {
    const source = pick % 3 === 0 ? {} : { source_transaction: await charge() };
    return stripe.transfers.create({ amount, currency: 'usd', destination: account, ...source });
  }
  if (kind === 'payout') return stripe.payouts.create({ amount, currency: 'usd' }, own);
  if (kind === 'refund') return stripe.refunds.create({ charge: await charge(), amount });
  if (kind === 'reverse') {
    const transfer = chosen((await stripe.transfers.list()).data, pick);
    return stripe.transfers.createReversal(transfer?.id ?? 'tr_0', { amount });
  }
  if (kind === 'fail') return sandbox.control.failPayout(await payout()).catch(() => undefined);
  if (kind === 'cancel') return stripe.payouts.cancel(await payout(), {}, own);
  if (kind === 'wait') return sandbox.clock.advance((pick / 300) * dayMs);
  return sandbox.control.injectFault({
    method: 'POST',
    path: '*',
    times: 1,
    kind: '500',
    when: pick % 2 ? 'before' : 'after',
  });
}

async function all<T extends { id: string }>(list: Stripe.ApiListPromise<T>): Promise<T[]> {
  return await list.autoPagingToArray({ limit: 1000 });
}

async function checkBooks(world: World, account: string): Promise<void> {
  const { stripe } = world;
  const own = { stripeAccount: account };
  const total = (balance: Stripe.Balance): number =>
    [...balance.available, ...balance.pending].reduce((sum, line) => sum + line.amount, 0);
  const platform = await stripe.balance.retrieve();
  const connected = await stripe.balance.retrieve({}, own);
  const sum = (amounts: number[]): number => amounts.reduce((a, b) => a + b, 0);
  const charges = await all(stripe.balanceTransactions.list({ type: 'charge' }));
  const refunds = await all(stripe.refunds.list());
  const payouts = (await all(stripe.payouts.list({}, own))).filter(
    ({ status }) => !['failed', 'canceled'].includes(status),
  );
  const entered = sum(charges.map(({ net }) => net)) - sum(refunds.map(({ amount }) => amount));
  // Money is neither made nor lost: what came in is with somebody, or at the bank.
  expect(total(platform) + total(connected)).toBe(entered - sum(payouts.map(({ amount }) => amount)));
  expect(Math.min(...connected.available.map(({ amount }) => amount))).toBeGreaterThanOrEqual(0);
  const bySource = new Map<unknown, number>();
  for (const { source_transaction: source, amount, amount_reversed: back } of await all(
    stripe.transfers.list(),
  )) {
    bySource.set(source, (bySource.get(source) ?? 0) + amount - back);
  }
  for (const { id, amount, amount_refunded: refunded } of await all(stripe.charges.list())) {
    expect(bySource.get(id) ?? 0).toBeLessThanOrEqual(amount);
    expect(refunded).toBeLessThanOrEqual(amount);
  }
}

it('no sequence of payments, transfers, payouts, refunds, failures and faults makes or loses money', async () => {
  const world = await startWorld();
  const account = await readyAccount(world);
  const actions = fc.array(action, { minLength: 10, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(actions, async (sequence) => {
      for (const one of sequence) {
        await act(world, account.id, one).catch((error: unknown) => {
          if (!(error instanceof Stripe.errors.StripeError)) throw error;
        });
      }
      await world.sandbox.control.settled();
      await checkBooks(world, account.id);
    }),
    { numRuns: 12 },
  );
});
