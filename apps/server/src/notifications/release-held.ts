import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { NotificationType } from './kinds.ts';
import { enqueueDelivery, type OutsideChannel } from './lanes.ts';
import { type Hold, quietHold } from './preferences/hold.ts';
import { isWanted, readWishes } from './preferences/wishes.ts';

const batch = 200;

/**
 * Outbox task: lets go what was held back for the quiet hours or a digest and is due. All that waits for one person on
 * one channel goes out as one summary; what they have seen meanwhile does not go out at all.
 */
export async function releaseHeld(ctx: Ctx): Promise<void> {
  const due = await findDue(ctx);
  for (const { user_id: userId, channel } of due) {
    await inTransaction(ctx.db, (tx) => releaseOf(ctx, tx, userId, channel));
  }
  if (due.length === batch) await enqueueRelease(ctx);
}

/** One waiting task is enough, whoever asks. */
export const enqueueRelease = (ctx: Ctx): Promise<void> =>
  enqueue(ctx.db, 'notifications.release-held', {}, { key: 'notifications release-held' });

async function findDue(ctx: Ctx): Promise<{ user_id: string; channel: OutsideChannel }[]> {
  const { rows } = await sql<{ user_id: string; channel: OutsideChannel }>`
    select distinct user_id, channel from notification_deliveries
    where state = 'queued' and held_for is not null and next_attempt_at <= ${ctx.clock.now()}
    limit ${batch}`.execute(ctx.db);
  return rows;
}

type Held = { id: number; notification_id: string; type: NotificationType; is_over: boolean };

async function releaseOf(ctx: Ctx, tx: Tx, userId: string, channel: OutsideChannel): Promise<void> {
  const now = ctx.clock.now();
  const { rows } = await sql<Held>`
    select delivery.id, delivery.notification_id, type, read_at is not null or deleted_at is not null as is_over
    from notification_deliveries delivery join notifications on notifications.id = delivery.notification_id
    where delivery.user_id = ${userId} and channel = ${channel} and state = 'queued' and held_for is not null
      and next_attempt_at <= ${now}
    order by notifications.seq desc for update of delivery skip locked`.execute(tx);
  const wishes = (await readWishes(tx, [userId])).get(userId);
  const isOff = ({ type }: Held) => wishes === undefined || !isWanted(wishes, type, channel);
  await suppress(tx, rows.filter(isOff), wishes === undefined ? 'gone' : 'switched_off');
  const wanted = rows.filter((row) => !isOff(row));
  await suppress(
    tx,
    wanted.filter((row) => row.is_over),
    'read',
  );
  const left = wanted.filter((row) => !row.is_over);
  // A digest that is due at night waits for the morning, and goes out with what else has come by then.
  const hold = wishes === undefined ? undefined : quietHold(wishes, now);
  if (hold !== undefined) await holdOn(tx, left, hold);
  else await letGo(tx, now, channel, left);
}

async function suppress(tx: Tx, held: readonly Held[], reason: string): Promise<void> {
  if (held.length === 0) return;
  await tx
    .updateTable('notification_deliveries')
    .set({ state: 'suppressed', reason, next_attempt_at: null, held_for: null })
    .where('id', 'in', idsOf(held))
    .execute();
}

async function holdOn(tx: Tx, held: readonly Held[], hold: Hold): Promise<void> {
  if (held.length === 0) return;
  await tx
    .updateTable('notification_deliveries')
    .set({ held_for: hold.heldFor, due_at: hold.until, next_attempt_at: hold.until })
    .where('id', 'in', idsOf(held))
    .execute();
}

/** The newest one carries the others. */
async function letGo(tx: Tx, now: Date, channel: OutsideChannel, held: readonly Held[]): Promise<void> {
  const [carrier, ...carried] = held;
  if (carrier === undefined) return;
  const isDigest = held.every(({ type }) => type === 'job.posted');
  await tx
    .updateTable('notification_deliveries')
    .set({
      held_for: null,
      due_at: now,
      next_attempt_at: now,
      summary: carried.length === 0 ? null : isDigest ? 'digest' : 'quiet',
    })
    .where('id', '=', carrier.id)
    .execute();
  if (carried.length > 0)
    await tx
      .updateTable('notification_deliveries')
      .set({ held_for: null, next_attempt_at: null, carried_by: carrier.id })
      .where('id', 'in', idsOf(carried))
      .execute();
  await enqueueDelivery(tx, channel);
}

const idsOf = (held: readonly Held[]): number[] => held.map(({ id }) => id);
