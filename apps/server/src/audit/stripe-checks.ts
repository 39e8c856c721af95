import type { Ctx } from '../context.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { compareBalances } from './balances.ts';
import type { Check, Finding } from './findings.ts';

/**
 * Checks against Stripe, in both directions: every row has its object, every object its row. Objects that carry none
 * of our metadata belong to somebody else who uses the same account and are left alone.
 */
export const stripeChecks: Check[] = [
  {
    name: "every payment's intent is at Stripe with the same amount and outcome, and back",
    run: compareIntents,
  },
  { name: 'every release is exactly one transfer at Stripe, and back', run: compareTransfers },
  { name: 'every refund is exactly one refund at Stripe, and back', run: compareRefunds },
  { name: 'every payout is exactly one payout at its connected account, and back', run: comparePayouts },
  { name: "the ledger's Stripe accounts hold what Stripe's balances hold", run: compareBalances },
];

type Side = { subject: string; state: string };

/** Both sides keyed by our own id: what is missing, doubled or different. */
function compare(ours: Map<string, Side>, theirs: { key: string; side: Side }[]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { key, side } of theirs) {
    const own = ours.get(key);
    if (own === undefined)
      findings.push({ subject: side.subject, detail: `at Stripe (${side.state}), not with us (${key})` });
    else if (seen.has(key)) findings.push({ subject: side.subject, detail: `a second object for ${key}` });
    else if (own.subject !== side.subject || own.state !== side.state)
      findings.push({
        subject: key,
        detail: `ours ${own.subject} ${own.state}, Stripe ${side.subject} ${side.state}`,
      });
    seen.add(key);
  }
  for (const [key, own] of ours)
    if (!seen.has(key))
      findings.push({ subject: key, detail: `with us (${own.subject} ${own.state}), not at Stripe` });
  return findings;
}

async function compareIntents(ctx: Ctx): Promise<Finding[]> {
  const rows = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('stripe_payment_id', 'is not', null)
    .execute();
  const outcome = (status: string) =>
    status === 'pending' ? 'open' : status === 'failed' ? 'canceled' : 'succeeded';
  const ours = new Map(
    rows.map((row) => [
      row.id,
      {
        subject: row.stripe_payment_id!,
        state: `${row.amount_minor} ${row.currency} ${outcome(row.status)}`,
      },
    ]),
  );
  const theirs: { key: string; side: Side }[] = [];
  for await (const intent of ctx.stripe.paymentIntents.list({ limit: 100 })) {
    const key = intent.metadata.payment_id;
    const state = intent.status === 'succeeded' || intent.status === 'canceled' ? intent.status : 'open';
    if (key !== undefined)
      theirs.push({
        key,
        side: { subject: intent.id, state: `${intent.amount} ${intent.currency} ${state}` },
      });
  }
  return compare(ours, theirs);
}

async function compareTransfers(ctx: Ctx): Promise<Finding[]> {
  const rows = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('stripe_transfer_id', 'is not', null)
    .execute();
  const ours = new Map(
    rows.map((row) => [
      row.id,
      {
        subject: row.stripe_transfer_id!,
        state: `${row.amount_minor - row.commission_minor} ${row.currency}`,
      },
    ]),
  );
  const theirs: { key: string; side: Side }[] = [];
  for await (const transfer of ctx.stripe.transfers.list({ limit: 100 })) {
    const key = transfer.metadata.payment_id;
    if (key !== undefined)
      theirs.push({ key, side: { subject: transfer.id, state: `${transfer.amount} ${transfer.currency}` } });
  }
  return compare(ours, theirs);
}

async function compareRefunds(ctx: Ctx): Promise<Finding[]> {
  const rows = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('stripe_refund_id', 'is not', null)
    .execute();
  const ours = new Map(
    rows.map((row) => [
      row.id,
      {
        subject: row.stripe_refund_id!,
        state: `${row.amount_minor} ${row.currency} ${row.status === 'refunded' ? 'succeeded' : 'open'}`,
      },
    ]),
  );
  const theirs: { key: string; side: Side }[] = [];
  for await (const refund of ctx.stripe.refunds.list({ limit: 100 })) {
    const key = refund.metadata?.payment_id;
    const state = refund.status === 'succeeded' ? 'succeeded' : 'open';
    if (key !== undefined)
      theirs.push({
        key,
        side: { subject: refund.id, state: `${refund.amount} ${refund.currency} ${state}` },
      });
  }
  return compare(ours, theirs);
}

async function comparePayouts(ctx: Ctx): Promise<Finding[]> {
  const rows = await ctx.db
    .selectFrom('payouts')
    .innerJoin('connected_accounts', 'connected_accounts.user_id', 'payouts.contractor_id')
    .selectAll('payouts')
    .select('stripe_account_id')
    .where('stripe_payout_id', 'is not', null)
    .execute();
  const ours = new Map(
    rows.map((row) => [row.id, { subject: row.stripe_payout_id!, state: payoutState(row) }]),
  );
  const accounts = await ctx.db
    .selectFrom('connected_accounts')
    .select('stripe_account_id')
    .where('stripe_account_id', 'is not', null)
    .execute();
  const theirs: { key: string; side: Side }[] = [];
  for (const account of accounts)
    for await (const payout of ctx.stripe.payouts.list(
      { limit: 100 },
      { stripeAccount: account.stripe_account_id! },
    ))
      theirs.push(presentTheirs(payout));
  return compare(ours, theirs);
}

/** Payouts of a connected account are all ours: one without our metadata was made behind our back and is a finding. */
const presentTheirs = (payout: Stripe.Payout) => ({
  key: payout.metadata?.payout_id ?? 'no payout of ours',
  side: {
    subject: payout.id,
    state: payoutState({ amount_minor: payout.amount, currency: payout.currency, status: payout.status }),
  },
});

const payoutState = (payout: { amount_minor: number; currency: string; status: string }) =>
  `${payout.amount_minor} ${payout.currency} ${payout.status}`;
