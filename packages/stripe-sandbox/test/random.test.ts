import fc from 'fast-check';
import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { dayMs, readyAccount, startWorld, type World } from './harness.ts';

const cards = [
  'pm_card_visa',
  'pm_card_bypassPending',
  'pm_card_chargeDeclined',
  'pm_card_createDispute',
  'pm_card_createDisputeInquiry',
  'pm_card_pendingRefund',
  'pm_card_refundFail',
];

type Step = { world: World; accounts: string[]; amount: number; pick: number };
type Act = (step: Step) => Promise<unknown>;

function chosen<T>(items: T[], pick: number): T | undefined {
  return items[pick % Math.max(items.length, 1)];
}

function account({ accounts, pick }: Step): string {
  return chosen(accounts, pick) ?? '';
}

function own(step: Step): { stripeAccount: string } {
  return { stripeAccount: account(step) };
}

async function any(step: Step, items: Stripe.ApiListPromise<{ id: string }>): Promise<string> {
  return chosen((await items).data, step.pick)?.id ?? 'nothing_0';
}

const newest = { limit: 100 };

const acts = {
  pay: ({ world, amount, pick }) =>
    world.stripe.paymentIntents.create({
      amount,
      currency: pick % 5 === 0 ? 'eur' : 'usd',
      payment_method: chosen(cards, pick) ?? '',
      confirm: true,
      return_url: 'https://e.com',
    }),
  transfer: async (step) => {
    const { stripe } = step.world;
    const charge = await any(step, stripe.charges.list(newest));
    const source = step.pick % 3 === 0 ? {} : { source_transaction: charge };
    const to = { destination: account(step), currency: 'usd' };
    return await stripe.transfers.create({ ...to, amount: step.amount, ...source });
  },
  payout: (step) => step.world.stripe.payouts.create({ amount: step.amount, currency: 'usd' }, own(step)),
  refund: async (step) => {
    const charge = await any(step, step.world.stripe.charges.list(newest));
    return await step.world.stripe.refunds.create({ charge, amount: step.amount });
  },
  reverse: async (step) => {
    const transfer = await any(step, step.world.stripe.transfers.list(newest));
    return await step.world.stripe.transfers.createReversal(transfer, { amount: step.amount });
  },
  failPayout: async (step) =>
    step.world.sandbox.control.failPayout(await any(step, step.world.stripe.payouts.list(newest, own(step)))),
  cancelPayout: async (step) => {
    const payout = await any(step, step.world.stripe.payouts.list(newest, own(step)));
    return await step.world.stripe.payouts.cancel(payout, {}, own(step));
  },
  reversePayout: async (step) => {
    const payout = await any(step, step.world.stripe.payouts.list(newest, own(step)));
    return await step.world.stripe.payouts.reverse(payout, {}, own(step));
  },
  failRefund: async (step) =>
    step.world.sandbox.control.failRefund(await any(step, step.world.stripe.refunds.list(newest))),
  cancelRefund: async (step) =>
    step.world.stripe.refunds.cancel(await any(step, step.world.stripe.refunds.list(newest))),
  dispute: async (step) => {
    const charge = await any(step, step.world.stripe.charges.list(newest));
    const options = { inquiry: step.pick % 2 === 0, ...(step.pick % 3 === 0 ? { amount: step.amount } : {}) };
    return await step.world.sandbox.control.openDispute(charge, options);
  },
  resolve: async (step) => {
    const id = await any(step, step.world.stripe.disputes.list(newest));
    const outcomes = ['won', 'lost', 'warning_closed'] as const;
    return await step.world.sandbox.control.resolveDispute(id, chosen([...outcomes], step.amount) ?? 'won');
  },
  answer: async (step) => {
    const id = await any(step, step.world.stripe.disputes.list(newest));
    const texts = ['winning_evidence', 'losing_evidence', 'escalate_inquiry_evidence'];
    const evidence = { uncategorized_text: chosen(texts, step.amount) ?? '' };
    return await step.world.stripe.disputes.update(id, { evidence });
  },
  debit: ({ world, pick }) =>
    world.stripe.balanceSettings.update({ payments: { debit_negative_balances: pick % 2 === 0 } }),
  standing: (step) => {
    const stages = ['restricted', 'rejected', 'complete', 'complete'] as const;
    return step.world.sandbox.control.changeAccount(
      account(step),
      chosen([...stages], step.amount) ?? 'complete',
    );
  },
  newBank: (step) =>
    step.world.stripe.accounts.createExternalAccount(account(step), {
      external_account: 'btok_us_verified',
      default_for_currency: true,
    }),
  wait: ({ world, pick }) => world.sandbox.clock.advance((pick / 300) * dayMs),
  fault: ({ world, pick }) => {
    const when = pick % 2 ? 'before' : 'after';
    return world.sandbox.control.injectFault({ method: 'POST', path: '*', times: 1, kind: '500', when });
  },
} satisfies Record<string, Act>;

const kinds = Object.keys(acts) as (keyof typeof acts)[];
// The ordinary things happen more often, so that there is something for the others to go wrong with.
const kind = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('pay', 'transfer', 'refund', 'wait') },
  { weight: 2, arbitrary: fc.constantFrom(...kinds) },
) as fc.Arbitrary<keyof typeof acts>;
const action = fc.record({
  kind,
  amount: fc.integer({ min: 1, max: 12_000 }),
  pick: fc.nat({ max: 1000 }),
});

async function all<T extends { id: string }>(list: Stripe.ApiListPromise<T>): Promise<T[]> {
  return await list.autoPagingToArray({ limit: 5000 });
}

function sum(amounts: number[]): number {
  return amounts.reduce((a, b) => a + b, 0);
}

type Money = { currency: string; amount: number };

/** Money by what the objects say, not the ledger: what cardholders have paid for good, less Stripe's fees. */
async function enteredBy(stripe: Stripe, currency: string): Promise<number> {
  const ours = <T extends { currency: string }>(items: T[]): T[] =>
    items.filter((item) => item.currency === currency);
  const charges = ours(await all(stripe.balanceTransactions.list({ ...newest, type: 'charge' })));
  const refunds = ours(await all(stripe.refunds.list(newest))).filter(
    ({ status, balance_transaction: entry }) =>
      entry !== null && (status === 'succeeded' || status === 'pending'),
  );
  const disputes = ours(await all(stripe.disputes.list(newest))).filter(({ status }) =>
    ['needs_response', 'under_review', 'lost'].includes(status),
  );
  const taken = sum(disputes.map(({ amount }) => amount + 1500));
  return sum(charges.map(({ net }) => net)) - sum(refunds.map(({ amount }) => amount)) - taken;
}

async function checkAccounts({ stripe }: World, accounts: string[], currency: string): Promise<void> {
  const total = (lines: Money[]): number =>
    sum(lines.filter((line) => line.currency === currency).map(({ amount }) => amount));
  const platform = await stripe.balance.retrieve();
  let held = total(platform.available) + total(platform.pending);
  let paidOut = 0;
  for (const stripeAccount of accounts) {
    const { available, pending } = await stripe.balance.retrieve({}, { stripeAccount });
    expect(Math.min(...available.map(({ amount }) => amount))).toBeGreaterThanOrEqual(0);
    held += total(available) + total(pending);
    const payouts = await all(stripe.payouts.list(newest, { stripeAccount }));
    const out = payouts.filter(({ status }) => !['failed', 'canceled'].includes(status));
    paidOut += total(out);
    const lines = await all(stripe.balanceTransactions.list({ ...newest, currency }, { stripeAccount }));
    expect(sum(lines.map(({ net }) => net))).toBe(total(available) + total(pending));
  }
  // Money is neither made nor lost: what came in is with somebody, or at the bank.
  expect(held + paidOut).toBe(await enteredBy(stripe, currency));
}

async function checkCharges({ stripe }: World): Promise<void> {
  const bySource = new Map<unknown, number>();
  for (const { source_transaction: source, amount, amount_reversed: back } of await all(
    stripe.transfers.list(newest),
  )) {
    expect(back).toBeLessThanOrEqual(amount);
    bySource.set(source, (bySource.get(source) ?? 0) + amount - back);
  }
  const lost = new Map<unknown, number>();
  for (const { charge, status, amount } of await all(stripe.disputes.list(newest))) {
    if (status === 'lost') lost.set(charge, (lost.get(charge) ?? 0) + amount);
  }
  for (const { id, amount, amount_refunded: refunded } of await all(stripe.charges.list(newest))) {
    expect(bySource.get(id) ?? 0).toBeLessThanOrEqual(amount);
    expect(refunded + (lost.get(id) ?? 0)).toBeLessThanOrEqual(amount);
  }
}

it('no sequence of payments, disputes, refunds, payouts, failures and faults makes or loses money', async () => {
  const world = await startWorld();
  const manual = await readyAccount(world);
  const daily = await readyAccount(world);
  await world.stripe.balanceSettings.update(
    { payments: { payouts: { schedule: { interval: 'daily' } } } },
    { stripeAccount: daily.id },
  );
  const accounts = [manual.id, daily.id];
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 15, maxLength: 50 }), async (sequence) => {
      for (const { kind: name, amount, pick } of sequence) {
        await acts[name]({ world, accounts, amount, pick }).catch((error: unknown) => {
          const refused = error instanceof Stripe.errors.StripeError;
          const control = ['failPayout', 'failRefund', 'dispute', 'resolve', 'standing'].includes(name);
          if (!refused && !control) throw error;
        });
      }
      await world.sandbox.control.settled();
      const { balanced, books } = (await (await fetch(`${world.sandbox.url}/_sandbox/ledger`)).json()) as {
        balanced: boolean;
        books: { sum: number; between_accounts: number }[];
      };
      expect(balanced).toBe(true);
      expect(books.every((book) => book.sum === 0 && book.between_accounts === 0)).toBe(true);
      for (const currency of ['usd', 'eur']) await checkAccounts(world, accounts, currency);
      await checkCharges(world);
    }),
    { numRuns: 12 },
  );
});
