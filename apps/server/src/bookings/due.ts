import { sql } from 'kysely';
import type { Ctx } from '../context.ts';

type Due =
  | { state: 'requested'; column: 'answer_by' }
  | { state: 'confirmed'; column: 'pay_by' }
  | { state: 'delivered'; column: 'release_at' };

type Found = { id: string; due_at: Date | null };

const batchSize = 200;

/**
 * Calls `work` for every booking of this state whose time is over, oldest first. It locks and looks again: another
 * process, or one of the two sides, may be faster. One that fails is logged and does not keep up the others.
 */
export async function forEachDue(ctx: Ctx, due: Due, work: (id: string) => Promise<void>): Promise<void> {
  let last: Found | undefined;
  do {
    const batch = await findDue(ctx, due, last);
    for (const { id } of batch)
      await work(id).catch((error) =>
        ctx.log.error({ err: error, bookingId: id }, 'a due booking was not handled'),
      );
    last = batch.length === batchSize ? batch.at(-1) : undefined;
  } while (last !== undefined);
}

const findDue = (ctx: Ctx, due: Due, after: Found | undefined): Promise<Found[]> => {
  let select = ctx.db
    .selectFrom('bookings')
    .select(['id', `${due.column} as due_at`])
    .where('state', '=', due.state)
    .where(due.column, '<=', ctx.clock.now());
  // What is frozen waits, however long, and comes back here afterwards.
  if (due.state === 'delivered')
    select = select.where(sql<boolean>`not exists (select from payments
      join payment_freezes on payment_freezes.payment_id = payments.id and lifted_at is null
      where payments.booking_id = bookings.id)`);
  if (after !== undefined)
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(refTuple(due.column, 'id'), '>', tuple(after.due_at, after.id)),
    );
  return select.orderBy(due.column).orderBy('id').limit(batchSize).execute();
};
