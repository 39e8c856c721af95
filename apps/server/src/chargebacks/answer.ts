import type { Chargeback, Page } from '@holdfast/contract';
import { recordAdminAction } from '../admin/admin.ts';
import { asProviderError } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { stripeFailure } from '../vendors/stripe.ts';
import { sendEvidence } from './evidence.ts';
import { followDispute } from './follow.ts';
import { findChargeback, presentChargeback } from './present.ts';

type Query = PageRequest & { isOpen?: 'true' | 'false' | undefined; paymentId?: string | undefined };

/** Chargebacks of anybody's payments, newest first. */
export async function listChargebacks(ctx: Ctx, query: Query): Promise<Page<Chargeback>> {
  let select = ctx.db.selectFrom('chargebacks').selectAll();
  if (query.isOpen !== undefined)
    select = select.where('outcome', query.isOpen === 'true' ? 'is' : 'is not', null);
  if (query.paymentId !== undefined) select = select.where('payment_id', '=', query.paymentId);
  const page = await newestFirst(select, 'chargebacks.opened_at', query);
  return { items: page.items.map(presentChargeback), nextCursor: page.nextCursor };
}

/** An admin answers the bank. Errors: not_found, conflict (answered or decided), payment_provider_failed. */
export async function answerChargeback(
  ctx: Ctx,
  actor: Actor,
  chargebackId: string,
  statement: string | undefined,
): Promise<Chargeback> {
  const chargeback = await findChargeback(ctx.db, chargebackId);
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
  const chargeback = await findChargeback(ctx.db, chargebackId);
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
  return presentChargeback(await findChargeback(ctx.db, chargebackId));
}
