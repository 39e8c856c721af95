import { sql } from 'kysely';
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
  {
    name: 'every release, and what a chargeback gave back, is exactly one transfer at Stripe, and back',
    run: compareTransfers,
  },
  { name: 'every reversal is exactly one reversal at Stripe, and back', run: compareReversals },
  { name: 'every chargeback stands as Stripe says, and back', run: compareChargebacks },
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

/** Releases and what chargebacks gave back: two kinds of transfer. */
async function compareTransfers(ctx: Ctx): Promise<Finding[]> {
  const releases = await ctx.db
    .selectFrom('payments')
    .select(['stripe_transfer_id as id', 'transferred_minor as amount', 'currency'])
    .where('stripe_transfer_id', 'is not', null)
    .execute();
  const restored = await ctx.db
    .selectFrom('chargebacks')
    .select(['stripe_restore_id as id', 'restore_minor as amount', 'currency'])
    .where('stripe_restore_id', 'is not', null)
    .execute();
  const ours = new Map([...releases, ...restored].map((row) => [row.id!, side(row.id!, row)]));
  const theirs: { key: string; side: Side }[] = [];
  for await (const transfer of ctx.stripe.transfers.list({ limit: 100 }))
    if (transfer.metadata.payment_id !== undefined)
      theirs.push({ key: transfer.id, side: side(transfer.id, transfer) });
  return compare(ours, theirs);
}

/** Of one payment's transfer, each reversal; those of other transfers are not ours. */
async function compareReversals(ctx: Ctx): Promise<Finding[]> {
  const rows = await ctx.db
    .selectFrom('reversals')
    .innerJoin('payments', 'payments.id', 'reversals.payment_id')
    .select(['stripe_reversal_id as id', 'reversals.amount_minor as amount', 'reversals.currency'])
    .where('stripe_reversal_id', 'is not', null)
    .execute();
  const ours = new Map(rows.map((row) => [row.id!, side(row.id!, row)]));
  const theirs: { key: string; side: Side }[] = [];
  for await (const transfer of ctx.stripe.transfers.list({ limit: 100 })) {
    if (transfer.metadata.payment_id === undefined || transfer.amount_reversed === 0) continue;
    for await (const made of ctx.stripe.transfers.listReversals(transfer.id, { limit: 100 }))
      theirs.push({ key: made.id, side: side(made.id, made) });
  }
  return compare(ours, theirs);
}

const side = (id: string, { amount, currency }: { amount: number | null; currency: string }): Side => ({
  subject: id,
  state: `${amount} ${currency}`,
});

/** Each attempt at a refund is one at Stripe; the current one of each row tells how it stands. */
async function compareRefunds(ctx: Ctx): Promise<Finding[]> {
  const { rows } = await sql<{ id: string; amount: number; currency: string; status: string | null }>`
    select calls.stripe_id as id, (calls.params ->> 'amount')::bigint as amount, refunds.currency,
      case when refunds.stripe_refund_id = calls.stripe_id then refunds.status end as status
    from stripe_calls as calls
    join refunds on refunds.id = split_part(calls.id, ':', 2)
    where calls.id like 'refund:%' and calls.stripe_id is not null`.execute(ctx.db);
  const ours = new Map(rows.map((row) => [row.id, refundSide(row.id, row, stateOfRow(row.status))]));
  const theirs: { key: string; side: Side }[] = [];
  for await (const refund of ctx.stripe.refunds.list({ limit: 100 }))
    if (refund.metadata?.payment_id !== undefined)
      theirs.push({ key: refund.id, side: refundSide(refund.id, refund, stateOfRefund(refund.status)) });
  return compare(ours, theirs);
}

const refundSide = (
  id: string,
  { amount, currency }: { amount: number; currency: string },
  state: string,
) => ({
  subject: id,
  state: `${amount} ${currency} ${state}`,
});
const stateOfRefund = (status: string | null): string =>
  status === 'succeeded' ? 'succeeded' : status === 'failed' || status === 'canceled' ? 'failed' : 'open';
/** An attempt that is not the current one has failed, and so has one that was settled by other means. */
const stateOfRow = (status: string | null): string =>
  status === 'succeeded' ? 'succeeded' : status === 'requested' || status === 'pending' ? 'open' : 'failed';

/** Disputes about our charges: the bank's decision and ours. */
async function compareChargebacks(ctx: Ctx): Promise<Finding[]> {
  const rows = await ctx.db
    .selectFrom('chargebacks')
    .select(['stripe_dispute_id as id', 'amount_minor as amount', 'currency', 'stripe_status'])
    .execute();
  const ours = new Map(rows.map((row) => [row.id, refundSide(row.id, row, row.stripe_status)]));
  const charges = new Set(
    (
      await ctx.db
        .selectFrom('payments')
        .select('stripe_payment_id')
        .where('stripe_payment_id', 'is not', null)
        .execute()
    ).map((row) => row.stripe_payment_id),
  );
  const theirs: { key: string; side: Side }[] = [];
  for await (const dispute of ctx.stripe.disputes.list({ limit: 100 })) {
    const intent =
      typeof dispute.payment_intent === 'string' ? dispute.payment_intent : dispute.payment_intent?.id;
    if (charges.has(intent ?? null))
      theirs.push({ key: dispute.id, side: refundSide(dispute.id, dispute, dispute.status) });
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
