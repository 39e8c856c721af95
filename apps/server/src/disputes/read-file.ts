import type { DisputeFile } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import { proofOf, readBooking } from '../bookings/bookings.ts';
import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';
import { openFreezes, presentPayment } from '../payments/payments.ts';
import { findDispute } from './lock.ts';
import { presentDetails } from './present.ts';

/** All that an admin needs to decide: both sides' words, the booking's course, the money. Errors: not_found. */
export async function readDisputeFile(ctx: Ctx, viewerId: string, disputeId: string): Promise<DisputeFile> {
  const dispute = await findDispute(ctx.db, disputeId);
  if (dispute === undefined) throw notFound('dispute');
  const payment = await ctx.db
    .selectFrom('payments')
    .selectAll()
    .where('id', '=', dispute.payment_id)
    .executeTakeFirstOrThrow();
  const { admin_id: adminId } = dispute;
  const admins = await publicPerson(ctx.db, adminId === null ? [] : [adminId]);
  return {
    dispute: await presentDetails(ctx, viewerId, dispute),
    admin: adminId === null ? null : { id: adminId, name: admins.get(adminId)?.name ?? '' },
    booking: await readBooking(ctx.db, dispute.booking_id),
    proof: await proofOf(ctx, viewerId, dispute.booking_id),
    payment: await presentPayment(ctx, payment),
    freezes: (await openFreezes(ctx.db, [payment.id])).map(({ cause, subject, reason, frozen_at }) => ({
      cause,
      subject,
      reason,
      since: frozen_at.toISOString(),
    })),
  };
}
