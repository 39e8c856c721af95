import type { DisputeDecision } from '@holdfast/contract';
import { resolveBooking } from '../bookings/bookings.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { DisputeRow } from '../db/tables/disputes.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { liftFreeze } from '../payments/payments.ts';
import { type Case, requireOpen } from './lock.ts';

export type Verdict = {
  decision: DisputeDecision;
  /** Minor units back to the customer, for a split; all or nothing otherwise. */
  splitMinor?: number | undefined;
  decidedBy: NonNullable<DisputeRow['decided_by']>;
  /** Who decided, for an admin. */
  adminId?: string;
  /** Shown to both sides. */
  note: string;
};

/**
 * Decides a dispute, whoever did: its freeze is lifted, the booking ends, the money moves and both are told, in one
 * transaction. Errors: conflict if it is closed, the booking has ended otherwise, or something else freezes the payment.
 */
export async function decide(ctx: Ctx, tx: Tx, found: Case, verdict: Verdict): Promise<DisputeRow> {
  const { dispute, booking, payment } = found;
  requireOpen(dispute);
  const refundMinor = refundOf(found, verdict);
  await liftFreeze(ctx, tx, payment.id, { causes: ['dispute'], subject: dispute.id });
  await resolveBooking(ctx, tx, booking, {
    refundMinor,
    cause: 'dispute',
    reason: verdict.note,
    ...(verdict.adminId === undefined ? {} : { adminId: verdict.adminId }),
  });
  return close(ctx, tx, dispute, { ...verdict, refundMinor });
}

/** What goes back to the customer by this decision, minor units of what is still held. */
export function refundOf({ payment }: Case, { decision, splitMinor }: Verdict): number {
  if (decision === 'split') return splitMinor!;
  return decision === 'refund' ? payment.amount_minor - payment.refunded_minor : 0;
}

/** Writes a decision down and tells both. The caller has moved the money, or somebody else had. */
export async function close(
  ctx: Ctx,
  tx: Tx,
  dispute: DisputeRow,
  verdict: Verdict & { refundMinor: number },
): Promise<DisputeRow> {
  await tellSides(ctx, tx, {
    bookingId: dispute.booking_id,
    type: 'dispute.decided',
    to: ['customer', 'contractor'],
    about: dispute.id,
    data: { disputeId: dispute.id, paymentId: dispute.payment_id },
  });
  await announce(tx, dispute.booking_id, 'dispute.decided', dispute.id);
  return tx
    .updateTable('disputes')
    .set({
      state: 'decided',
      decision: verdict.decision,
      refund_minor: verdict.refundMinor,
      decided_by: verdict.decidedBy,
      admin_id: verdict.adminId ?? null,
      decision_note: verdict.note,
      closed_at: ctx.clock.now(),
    })
    .where('id', '=', dispute.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
