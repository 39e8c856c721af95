import type { Evidence } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { DisputeRow, EvidenceRow, Side } from '../db/tables/disputes.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { tellSides } from '../notifications/notifications.ts';
import { findDispute, lockDispute, requireOpen, requireSide } from './lock.ts';
import { presentEvidence } from './present.ts';

const mostPerSide = 50;

/**
 * One side says something; the first word of the other side is the answer. Errors: not_found, conflict (closed, said
 * enough, or the time to answer is over).
 */
export function addEvidence(ctx: Ctx, actor: Actor, disputeId: string, text: string): Promise<Evidence> {
  return inTransaction(ctx.db, async (tx) =>
    presentEvidence(await say(ctx, tx, actor, disputeId, { kind: 'text', text }), null),
  );
}

/** The same within a transaction, for a file as for a word. */
export async function say(
  ctx: Ctx,
  tx: Tx,
  actor: Actor,
  disputeId: string,
  what: { kind: 'text'; text: string } | { kind: 'file'; text: string; file_name: string },
): Promise<EvidenceRow> {
  const { dispute, side } = await requireWord(tx, actor, disputeId);
  const now = ctx.clock.now();
  if (dispute.state === 'open' && side !== dispute.opened_by) await answer(ctx, tx, dispute, now);
  return tx
    .insertInto('dispute_evidence')
    .values({ id: newId('evd'), dispute_id: disputeId, side, created_at: now, ...what })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Locks the dispute and requires that the actor may say something more. Errors: see addEvidence. */
export async function requireWord(
  tx: Tx,
  actor: Actor,
  disputeId: string,
): Promise<{ dispute: DisputeRow; side: Side }> {
  const { side } = requireSide(await findDispute(tx, disputeId), actor);
  const dispute = await lockDispute(tx, disputeId);
  requireOpen(dispute);
  await requirePlace(tx, disputeId, side);
  return { dispute, side };
}

async function answer(ctx: Ctx, tx: Tx, dispute: DisputeRow, now: Date): Promise<void> {
  // True from this moment on, whenever the sweep comes by.
  if (dispute.answer_by <= now) throw conflict('The time to answer this dispute is over.');
  await tx
    .updateTable('disputes')
    .set({ state: 'answered', answered_at: now })
    .where('id', '=', dispute.id)
    .execute();
  await tellSides(ctx, tx, {
    bookingId: dispute.booking_id,
    type: 'dispute.answered',
    to: [dispute.opened_by],
    about: dispute.id,
    data: { disputeId: dispute.id },
  });
}

async function requirePlace(tx: Tx, disputeId: string, side: Side): Promise<void> {
  const { count } = await tx
    .selectFrom('dispute_evidence')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('dispute_id', '=', disputeId)
    .where('side', '=', side)
    .executeTakeFirstOrThrow();
  if (Number(count) >= mostPerSide) throw conflict(`Each side can add ${mostPerSide} pieces of evidence.`);
}
