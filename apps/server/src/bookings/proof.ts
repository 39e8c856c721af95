import type { File } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';
import type { FileRow } from '../db/tables/files.ts';
import { AppError, conflict } from '../errors.ts';
import { filesOf, type PurposeRules, presentFiles } from '../files/files.ts';
import type { Actor } from '../http/authenticate.ts';
import { isBookingSettled } from '../payments/payments.ts';
import { isFrozen } from './is-frozen.ts';
import { getBooking } from './list.ts';
import { lockOwnBooking } from './lock.ts';

/** What a contractor shows of the work: before or after saying that it is delivered, until it is complete. */
export const proofOfWork: PurposeRules = {
  kinds: ['image', 'pdf', 'document', 'text'],
  maximum: 20,
  objectOf: (_actor, given) => given ?? null,
  requirePlace: async (tx, actor, bookingId) => {
    const booking = await lockOwnBooking(tx, actor, bookingId);
    if (booking.contractor_id !== actor.userId)
      throw new AppError('forbidden', 'Proof of the work comes from the contractor.');
    if (booking.state !== 'active' && booking.state !== 'delivered')
      throw conflict(`This booking is ${booking.state}: there is no work under way.`);
  },
  mayRead: async (db, viewer, bookingId) => {
    const booking = await findBooking(db, bookingId);
    return booking?.customer_id === viewer.userId || booking?.contractor_id === viewer.userId;
  },
  reasonToKeep,
};

/** Until the work is delivered the contractor may change their mind; from then on the other side relies on it. */
async function reasonToKeep(tx: Tx, { object_id: bookingId }: FileRow): Promise<string | undefined> {
  const booking = await findBooking(tx, bookingId!);
  if (booking === undefined || (await isBookingSettled(tx, booking.id))) return undefined;
  if (booking.state === 'active' && !(await isFrozen(tx, booking.id))) return undefined;
  return 'This is proof of a booking that is not settled.';
}

const findBooking = (db: Db | Tx, id: string): Promise<BookingRow | undefined> =>
  db.selectFrom('bookings').selectAll().where('id', '=', id).executeTakeFirst();

/** The proof of work of a booking the actor takes part in, oldest first. Throws not_found. */
export async function listProof(ctx: Ctx, actor: Actor, bookingId: string): Promise<{ items: File[] }> {
  await getBooking(ctx, actor, bookingId);
  return { items: await proofOf(ctx, actor.userId, bookingId) };
}

/** The same for whoever may see it already. */
export const proofOf = async (ctx: Ctx, viewerId: string, bookingId: string): Promise<File[]> =>
  presentFiles(ctx, viewerId, await filesOf(ctx.db, 'proof', bookingId, viewerId));
