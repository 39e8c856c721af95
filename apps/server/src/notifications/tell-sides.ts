import type { Tx } from '../db/connect.ts';
import type { NotificationData, NotificationType } from './kinds.ts';
import { notify } from './notify.ts';
import type { Telling } from './write.ts';

type Side = 'customer' | 'contractor';

export type SideNotice = {
  bookingId: string;
  type: NotificationType;
  to: readonly Side[];
  /** Tells things apart that can happen to a booking more than once; the booking itself if left out. */
  about?: string;
  /** Besides the booking, its job, the name of the other side and the price. */
  data?: NotificationData;
};

/** Tells one side of a booking, or both, what happened to it: see notify. */
export async function tellSides(ctx: Telling, tx: Tx, notice: SideNotice): Promise<void> {
  const { bookingId, type, to, about = bookingId, data = {} } = notice;
  const booking = await tx
    .selectFrom('bookings')
    .innerJoin('jobs', 'jobs.id', 'bookings.job_id')
    .innerJoin('users as customer', 'customer.id', 'bookings.customer_id')
    .innerJoin('users as contractor', 'contractor.id', 'bookings.contractor_id')
    .select(['jobs.id as jobId', 'jobs.title', 'bookings.price_minor', 'bookings.currency'])
    .select(['customer.id as customerId', 'customer.name as customerName'])
    .select(['contractor.id as contractorId', 'contractor.name as contractorName'])
    .where('bookings.id', '=', bookingId)
    .executeTakeFirstOrThrow();
  const facts: NotificationData = {
    bookingId,
    jobId: booking.jobId,
    jobTitle: booking.title,
    amountMinor: booking.price_minor,
    currency: booking.currency,
    ...data,
  };
  await notify(
    ctx,
    tx,
    to.map((side) => ({
      to: side === 'customer' ? booking.customerId : booking.contractorId,
      type,
      about,
      data: {
        ...facts,
        side,
        personName: side === 'customer' ? booking.contractorName : booking.customerName,
      },
    })),
  );
}
