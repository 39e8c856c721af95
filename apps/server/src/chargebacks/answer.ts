import type { Chargeback, Page } from '@holdfast/contract';
import { recordAdminAction } from '../admin/admin.ts';
import { asProviderError } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { stripeFailure } from '../vendors/stripe.ts';
import { sendEvidence } from './evidence.ts';
import { followDispute } from './follow.ts';

type Query = PageRequest & { isOpen?: 'true' | 'false' | undefined; paymentId?: string | undefined };

/** Chargebacks of anybody's payments, newest first. */
export async function listChargebacks(ctx: Ctx, query: Query): Promise<Page<Chargeback>> {
  let select = ctx.db.selectFrom('chargebacks').selectAll();
  if (query.isOpen !== undefined)
    select = select.where('outcome', query.isOpen === 'true' ? 'is' : 'is not', null);
  if (query.paymentId !== undefined) select = select.where('payment_id', '=', query.paymentId);
  const page = await newestFirst(select, 'chargebacks.opened_at', query);
  return { items: page.items.map(present), nextCursor: page.nextCursor };
}

/** An admin answers the bank. Errors: not_found, conflict (answered or decided), payment_provider_failed. */
export async function answerChargeback(
  ctx: Ctx,
  actor: Actor,
  chargebackId: string,
  statement: string | undefined,
): Promise<Chargeback> {
  const chargeback = await find(ctx, chargebackId);
  await sendEvidence(ctx, chargeback, statement).catch((error) => {
    throw asProviderError(error);
  });
  return record(ctx, actor, chargebackId, 'chargeback.answer', { hasStatement: statement !== undefined });
}

/** An admin gives in. Errors: not_found, conflict (answered or decided), payment_provider_failed. */
export async function acceptChargeback(
  ctx: Ctx,
  actor: Actor,
  chargebackId: string,
  reason: string,
): Promise<Chargeback> {
  const chargeback = await find(ctx, chargebackId);
  if (chargeback.outcome !== null) throw conflict('The bank has decided already.');
  try {
    // Doing it twice is doing it once: it needs no stored key.
    await ctx.stripe.disputes.close(chargeback.stripe_dispute_id);
  } catch (error) {
    if (stripeFailure(error).kind !== 'refused') throw asProviderError(error);
    throw conflict('The bank does not wait for an answer any more.');
  }
  await followDispute(ctx, chargeback.stripe_dispute_id);
  return record(ctx, actor, chargebackId, 'chargeback.accept', { reason });
}

async function record(
  ctx: Ctx,
  actor: Actor,
  chargebackId: string,
  action: string,
  details: Record<string, string | boolean>,
): Promise<Chargeback> {
  await inTransaction(ctx.db, (tx) =>
    recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action,
      subject: chargebackId,
      details,
    }),
  );
  return present(await find(ctx, chargebackId));
}

async function find(ctx: Ctx, chargebackId: string): Promise<ChargebackRow> {
  const row = await ctx.db
    .selectFrom('chargebacks')
    .selectAll()
    .where('id', '=', chargebackId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('chargeback');
  return row;
}

const present = (row: ChargebackRow): Chargeback => ({
  id: row.id,
  paymentId: row.payment_id,
  stripeDisputeId: row.stripe_dispute_id,
  amount: { amount: row.amount_minor, currency: row.currency },
  reason: row.reason,
  stripeStatus: row.stripe_status,
  evidenceDueAt: row.evidence_due_at?.toISOString() ?? null,
  evidenceSentAt: row.evidence_sent_at?.toISOString() ?? null,
  takenFromContractor: { amount: row.taken_minor, currency: row.currency },
  outcome: row.outcome,
  openedAt: row.opened_at.toISOString(),
  closedAt: row.closed_at?.toISOString() ?? null,
});
