import type { Dispute } from '@holdfast/contract';
import { extendReview } from '../bookings/bookings.ts';
import { dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { Side } from '../db/tables/disputes.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { liftFreeze } from '../payments/payments.ts';
import { decide } from './decide.ts';
import { type Case, findDispute, lockCase, requireOpen, requireSide } from './lock.ts';
import { presentDispute } from './present.ts';

const leastReviewMs = dayMs;

/**
 * Who opened it takes it back: the booking goes on where it was, and a customer has at least a day left to look at what
 * was delivered. Errors: not_found, conflict (closed, or opened by the other side).
 */
export function withdrawDispute(ctx: Ctx, actor: Actor, disputeId: string): Promise<Dispute> {
  return inTransaction(ctx.db, async (tx) => {
    const { dispute, booking, payment, side } = await lockOwn(tx, actor, disputeId);
    if (side !== dispute.opened_by) throw conflict('The other side opened this dispute: you can concede it.');
    await liftFreeze(ctx, tx, payment.id, { causes: ['dispute'], subject: dispute.id });
    await extendReview(ctx, tx, booking.id, leastReviewMs);
    const withdrawn = await tx
      .updateTable('disputes')
      .set({ state: 'withdrawn', closed_at: ctx.clock.now() })
      .where('id', '=', dispute.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await tellSides(ctx, tx, {
      bookingId: booking.id,
      type: 'dispute.withdrawn',
      to: [side === 'customer' ? 'contractor' : 'customer'],
      about: dispute.id,
      data: { disputeId: dispute.id },
    });
    await announce(tx, booking.id, 'dispute.withdrawn', dispute.id);
    return presentDispute(tx, withdrawn);
  });
}

/**
 * The other side gives in: it is decided for who opened it. Errors: not_found, conflict (closed, opened by oneself, or
 * the payment is frozen for another reason).
 */
export function concedeDispute(ctx: Ctx, actor: Actor, disputeId: string): Promise<Dispute> {
  return inTransaction(ctx.db, async (tx) => {
    const found = await lockOwn(tx, actor, disputeId);
    if (found.side === found.dispute.opened_by)
      throw conflict('You opened this dispute yourself: you can withdraw it.');
    const decided = await decide(ctx, tx, found, {
      decision: found.dispute.opened_by === 'customer' ? 'refund' : 'release',
      decidedBy: 'concession',
      note: `The ${found.side} has given in.`,
    });
    return presentDispute(tx, decided);
  });
}

async function lockOwn(tx: Tx, actor: Actor, disputeId: string): Promise<Case & { side: Side }> {
  const { dispute, side } = requireSide(await findDispute(tx, disputeId), actor);
  const found = await lockCase(tx, dispute);
  requireOpen(found.dispute);
  return { ...found, side };
}
