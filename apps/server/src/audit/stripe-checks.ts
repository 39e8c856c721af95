import { sql } from 'kysely';
import type { Stripe } from '../vendors/stripe.ts';
import { compareBalances, comparePlatformBalance } from './balances.ts';
import { compare, type Theirs } from './compare.ts';
import { compareChargebacks } from './compare-chargebacks.ts';
import { comparePayouts } from './compare-payouts.ts';
import { compareReversals } from './compare-reversals.ts';
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
  {
    name: 'every release, and what a chargeback gave back, is exactly one transfer at Stripe, and back',
    run: compareTransfers,
  },
  { name: 'every reversal is exactly one reversal at Stripe, and back', run: compareReversals },
  { name: 'every chargeback stands as Stripe says, and back', run: compareChargebacks },
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
      sql`select id as key, stripe_payment_id as subject, amount_minor as amount, currency, status
        from payments where stripe_payment_id is not null`,
      sql.ref('payments.id'),
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

/** Releases, and what chargebacks that were won gave back. */
function compareTransfers(pass: Pass): Promise<Suspect[]> {
  const { stripe } = pass.ctx;
  const present = ({ id, amount, currency, metadata }: Stripe.Transfer): Theirs[] =>
    metadata.payment_id === undefined ? [] : [{ key: id, subject: id, state: `${amount} ${currency}` }];
  return compare(pass, {
    ...oursBy(
      sql`select key, key as subject, amount, currency, '' as status from (
          select stripe_transfer_id as key, transferred_minor as amount, currency, released_at as at, updated_at
          from payments where stripe_transfer_id is not null
          union all
          select stripe_restore_id, restore_minor, currency, restored_at, updated_at
          from chargebacks where stripe_restore_id is not null
        ) as transfers where true`,
      sql.ref('transfers.key'),
      (since) => sql`updated_at >= ${since} and at >= ${since}`,
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

/** Each attempt at a refund is one at Stripe. One that is not the current attempt has failed. */
function compareRefunds(pass: Pass): Promise<Suspect[]> {
  const { stripe } = pass.ctx;
  const present = ({ id, amount, currency, metadata, status }: Stripe.Refund): Theirs[] => {
    const state =
      status === 'succeeded' ? 'succeeded' : status === 'failed' || status === 'canceled' ? 'failed' : 'open';
    return metadata?.payment_id === undefined
      ? []
      : [{ key: id, subject: id, state: `${amount} ${currency} ${state}` }];
  };
  return compare(pass, {
    ...oursBy(
      sql`select stripe_id as key, stripe_id as subject, amount_minor as amount, currency,
          case when stripe_refund_id = stripe_id then status else 'failed' end as status
        from stripe_calls join refunds on refunds.id = split_part(stripe_calls.id, ':', 2)
        where stripe_calls.id like 'refund:%' and stripe_id is not null`,
      sql.ref('stripe_id'),
      (since) =>
        sql`(status in ('requested', 'pending') or (updated_at >= ${since} and requested_at >= ${since}))`,
      (status) => {
        if (status === 'succeeded') return 'succeeded';
        return status === 'requested' || status === 'pending' ? 'open' : 'failed';
      },
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
