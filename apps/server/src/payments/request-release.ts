import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { conflict } from '../errors.ts';
import { enqueueRelease } from './enqueue-release.ts';
import { requireUnfrozen } from './freezes.ts';
import { lockPaymentOfBooking } from './lock.ts';

/**
 * Marks what is left of the held payment of this booking for release and enqueues the transfer, in the transaction that
 * ends the booking. Errors: conflict if nothing is held, it is frozen, or the release was asked for before.
 */
export async function requestRelease(ctx: Ctx, tx: Tx, bookingId: string): Promise<void> {
  const payment = await lockPaymentOfBooking(tx, bookingId);
  if (payment === undefined || payment.status !== 'held')
    throw conflict('The money for this booking is not held, so it cannot be released.');
  if (payment.refunded_minor === payment.amount_minor) throw conflict('This payment is being refunded.');
  if (payment.release_requested_at !== null)
    throw conflict('The release of this payment was requested already.');
  await requireUnfrozen(tx, payment.id);
  const now = ctx.clock.now();
  await tx
    .updateTable('payments')
    .set({ release_requested_at: now, read_at: now, updated_at: now })
    .where('id', '=', payment.id)
    .execute();
  await enqueueRelease(tx, payment.id);
}

/** Releases that waited for this contractor's account are tried again. */
export async function resumeReleases(tx: Tx, contractorId: string): Promise<void> {
  const waiting = await tx
    .selectFrom('payments')
    .select('id')
    .where('contractor_id', '=', contractorId)
    .where('release_waits_for', '=', 'contractor_onboarding')
    .execute();
  for (const payment of waiting) await enqueueRelease(tx, payment.id);
}
