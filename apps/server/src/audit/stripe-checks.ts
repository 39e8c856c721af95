import { sql } from 'kysely';
import type { Stripe } from '../vendors/stripe.ts';
import { compareBalances, comparePlatformBalance } from './balances.ts';
import { compare, type Theirs } from './compare.ts';
import { comparePayouts } from './compare-payouts.ts';
import type { StripeCheck, Suspect } from './findings.ts';
import { compareConnectedMovements, comparePlatformMovements } from './movements.ts';
import { oursBy } from './own-rows.ts';
import { createdIn, type Pass } from './pass.ts';
import { first, flat, pages, readObject } from './read-stripe.ts';

/**
 * Checks against Stripe, in both directions: every row has its object, every object its row. Objects that carry none
 * of our metadata belong to somebody else who uses the same account and are left alone; what moves money is not, see
 * movements.ts. Balances come first: they tell which accounts cannot be read.
 */
export const stripeChecks: StripeCheck[] = [
  { name: "the ledger's Stripe accounts hold what Stripe's balances hold", run: compareBalances },
  {
    name: "every payment's intent is at Stripe with the same amount and outcome, and back",
    run: compareIntents,
  },
  { name: 'every release is exactly one transfer at Stripe, and back', run: compareTransfers },
  { name: 'every refund is exactly one refund at Stripe, and back', run: compareRefunds },
  { name: 'every payout is exactly one payout at its connected account, and back', run: comparePayouts },
  {
    name: "every movement of the platform's balance is explained by one of our rows, and back",
    run: comparePlatformMovements,
  },
  {
    name: 'every movement of a connected account is explained by one of our rows, and back',
    run: compareConnectedMovements,
  },
  { name: "the platform's movements add up to what the ledger says", run: comparePlatformBalance },
];

const ofPayments = (object: string, amount: string) => sql`
  select id as key, ${sql.ref(object)} as subject, ${sql.raw(amount)} as amount, currency, status
  from payments where ${sql.ref(object)} is not null`;
const paymentKey = sql.ref('payments.id');

function compareIntents(pass: Pass): Promise<Suspect[]> {
  const { stripe } = pass.ctx;
  const present = (intent: Stripe.PaymentIntent): Theirs[] => {
    const key = intent.metadata.payment_id;
    const state = intent.status === 'succeeded' || intent.status === 'canceled' ? intent.status : 'open';
    return key === undefined
      ? []
      : [{ key, subject: intent.id, state: `${intent.amount} ${intent.currency} ${state}` }];
  };
  return compare(pass, {
    ...oursBy(
      ofPayments('stripe_payment_id', 'amount_minor'),
      paymentKey,
      (since) => sql`(status = 'pending' or (updated_at >= ${since} and created_at >= ${since}))`,
      (status) => (status === 'pending' ? 'open' : status === 'failed' ? 'canceled' : 'succeeded'),
    ),
    theirs: () =>
      flat(
        pages(pass, (paging) => stripe.paymentIntents.list({ ...createdIn(pass), ...paging })),
        present,
      ),
    read: async (_pass, { subject }) =>
      first(await readObject(pass, () => stripe.paymentIntents.retrieve(subject)), present),
  });
}

function compareTransfers(pass: Pass): Promise<Suspect[]> {
  const { stripe } = pass.ctx;
  const present = (transfer: Stripe.Transfer): Theirs[] => {
    const key = transfer.metadata.payment_id;
    return key === undefined
      ? []
      : [{ key, subject: transfer.id, state: `${transfer.amount} ${transfer.currency}` }];
  };
  return compare(pass, {
    ...oursBy(
      ofPayments('stripe_transfer_id', 'amount_minor - commission_minor'),
      paymentKey,
      (since) => sql`updated_at >= ${since} and released_at >= ${since}`,
      () => '',
    ),
    theirs: () =>
      flat(
        pages(pass, (paging) => stripe.transfers.list({ ...createdIn(pass), ...paging })),
        present,
      ),
    read: async (_pass, { subject }) =>
      first(await readObject(pass, () => stripe.transfers.retrieve(subject)), present),
  });
}

function compareRefunds(pass: Pass): Promise<Suspect[]> {
  const { stripe } = pass.ctx;
  const present = (refund: Stripe.Refund): Theirs[] => {
    const key = refund.metadata?.payment_id;
    const state = refund.status === 'succeeded' ? 'succeeded' : 'open';
    return key === undefined
      ? []
      : [{ key, subject: refund.id, state: `${refund.amount} ${refund.currency} ${state}` }];
  };
  return compare(pass, {
    ...oursBy(
      ofPayments('stripe_refund_id', 'amount_minor'),
      paymentKey,
      (since) => sql`((status = 'held' and refund_requested_at is not null)
        or (updated_at >= ${since} and refund_requested_at >= ${since}))`,
      (status) => (status === 'refunded' ? 'succeeded' : 'open'),
    ),
    theirs: () =>
      flat(
        pages(pass, (paging) => stripe.refunds.list({ ...createdIn(pass), ...paging })),
        present,
      ),
    read: async (_pass, { subject }) =>
      first(await readObject(pass, () => stripe.refunds.retrieve(subject)), present),
  });
}
