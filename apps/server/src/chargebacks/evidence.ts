import { formatMoney } from '@holdfast/contract';
import { cancellationFeeMinor } from '../bookings/bookings.ts';
import type { Ctx } from '../context.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import {
  lookUpCall,
  prepareCall,
  type Sender,
  StripeCallFailed,
  sendCall,
  wasSent,
} from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { followDispute } from './follow.ts';
import { uploadProof } from './proof.ts';

type Evidence = Stripe.DisputeUpdateParams.Evidence;

// Stripe takes 150,000 characters in all; a description has at most a few thousand.
const longest = 20_000;

/**
 * Answers the bank with what we know of the job, the contractor's proof of it and, if somebody wrote one, a statement;
 * without one the course of the booking is told in its place. The bank takes evidence once. Errors: conflict if it is not asked for, was sent, or
 * somebody else's statement was faster.
 */
export async function sendEvidence(ctx: Ctx, chargeback: ChargebackRow, statement?: string): Promise<void> {
  if (chargeback.outcome !== null || chargeback.evidence_sent_at !== null)
    throw conflict('The bank does not ask for evidence any more.');
  const callId = `evidence:${chargeback.id}`;
  const facts = await factsOf(ctx, chargeback.payment_id);
  const evidence = compose(facts, statement);
  const files = facts.has_proof ? await filesFor(ctx, chargeback, facts.id) : {};
  await submit(ctx, chargeback, { ...evidence, ...files }).catch((error) => {
    const isRefused = error instanceof StripeCallFailed && error.failure.kind === 'refused';
    if (!isRefused || Object.keys(files).length === 0) throw error;
    // It may have been one of the files, and words without proof are better than silence.
    ctx.log.warn({ err: error, chargebackId: chargeback.id }, 'evidence with files was refused');
    return submit(ctx, chargeback, evidence);
  });
  await markSent(ctx, chargeback.id);
  await followDispute(ctx, chargeback.stripe_dispute_id);
  if (statement !== undefined && (await sentText(ctx, callId)) !== evidence.uncategorized_text)
    throw conflict('Somebody else has answered the bank at the same moment.');
}

/** Of an answer that was sent already nothing changes any more, and nothing is uploaded in vain. */
async function filesFor(ctx: Ctx, chargeback: ChargebackRow, bookingId: string) {
  const isFixed = await inTransaction(ctx.db, (tx) => wasSent(tx, `evidence:${chargeback.id}`));
  return isFixed ? {} : uploadProof(ctx, chargeback, bookingId);
}

async function submit(ctx: Ctx, chargeback: ChargebackRow, evidence: Evidence): Promise<void> {
  const id = `evidence:${chargeback.id}`;
  const params = { dispute: chargeback.stripe_dispute_id, evidence, submit: true };
  await inTransaction(ctx.db, (tx) => prepareCall(tx, ctx.clock.now(), { id, params }));
  await sendCall(ctx, id, evidenceSender(ctx));
}

/** What the bank was told: of two who answer at once the parameters of one were sent. */
async function sentText(ctx: Ctx, callId: string): Promise<string | undefined> {
  const { params } = await ctx.db
    .selectFrom('stripe_calls')
    .select('params')
    .where('id', '=', callId)
    .executeTakeFirstOrThrow();
  return (params.evidence as Evidence).uncategorized_text;
}

/** What became of an answer to the bank that had no answer itself; if it did not get through it can be sent again. */
export async function resumeEvidence(ctx: Ctx, chargebackId: string): Promise<void> {
  const found = await lookUpCall(ctx, `evidence:${chargebackId}`, evidenceSender(ctx));
  if (found === undefined) return;
  await markSent(ctx, chargebackId);
  await followDispute(ctx, found.id);
}

const evidenceSender = (ctx: Ctx): Sender<Stripe.Dispute> => ({
  send: ({ dispute, ...params }, options) =>
    ctx.stripe.disputes.update(dispute as string, params as Stripe.DisputeUpdateParams, options),
  retrieve: (id) => ctx.stripe.disputes.retrieve(id),
  find: async (params) => {
    const dispute = await ctx.stripe.disputes.retrieve(params.dispute as string);
    return dispute.evidence_details.submission_count > 0 ? dispute : undefined;
  },
});

async function markSent(ctx: Ctx, chargebackId: string): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db
    .updateTable('chargebacks')
    .set({ evidence_sent_at: now, updated_at: now })
    .where('id', '=', chargebackId)
    .where('evidence_sent_at', 'is', null)
    .execute();
}

function compose(facts: Facts, statement: string | undefined): Evidence {
  const fee = formatMoney({ amount: cancellationFeeMinor(facts), currency: facts.currency });
  return {
    product_description: `${facts.title}\n\n${facts.description}`.slice(0, longest),
    customer_name: facts.name,
    customer_email_address: facts.email,
    service_date:
      (facts.delivered_at ?? facts.completed_at ?? facts.active_at)?.toISOString().slice(0, 10) ?? '',
    cancellation_policy_disclosure:
      facts.cancel_free_until === null
        ? 'The customer could cancel free of charge until delivery.'
        : `The customer could cancel free of charge until ${facts.cancel_free_until.toISOString()}, and for ${fee} until delivery.`,
    uncategorized_text: (statement ?? courseOf(facts)).slice(0, longest),
  };
}

type Facts = Awaited<ReturnType<typeof factsOf>>;

const factsOf = (ctx: Ctx, paymentId: string) =>
  ctx.db
    .selectFrom('payments')
    .innerJoin('bookings', 'bookings.id', 'payments.booking_id')
    .innerJoin('jobs', 'jobs.id', 'payments.job_id')
    .innerJoin('users as customer', 'customer.id', 'payments.customer_id')
    .selectAll('bookings')
    .select(['jobs.title', 'jobs.description', 'customer.name', 'customer.email', 'payments.held_at'])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('files')
          .select('files.id')
          .whereRef('files.object_id', '=', 'bookings.id')
          .where('files.purpose', '=', 'proof')
          .where('files.state', '=', 'available'),
      ).as('has_proof'),
    )
    .where('payments.id', '=', paymentId)
    .executeTakeFirstOrThrow();

/** What happened and when, as our records have it. */
function courseOf(facts: Facts): string {
  const steps: [string, Date | null][] = [
    ['The customer booked the contractor', facts.requested_at],
    ['The contractor took the job', facts.confirmed_at],
    ['The customer paid', facts.held_at],
    ['The contractor delivered', facts.delivered_at],
    [
      facts.completed_by === 'customer'
        ? 'The customer said that the work is done'
        : 'The time to object was over without objection',
      facts.completed_at,
    ],
  ];
  const lines = steps.flatMap(([what, at]) => (at === null ? [] : [`${at.toISOString()}  ${what}.`]));
  if (facts.delivery_note !== null)
    lines.push('', `The contractor wrote on delivery: ${facts.delivery_note}`);
  return lines.join('\n');
}
