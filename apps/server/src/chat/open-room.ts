import type { chat as api, InputOf, Room, ServerFrame } from '@holdfast/contract';
import { sql } from 'kysely';
import { requireActive } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import type { Chat } from './chat.ts';
import { findOrMakeRoom, findRoom } from './find-room.ts';
import type { Members } from './members.ts';
import { readRooms } from './rooms.ts';

type By = InputOf<typeof api.openRoom>['body'];

/** The room of a customer and a contractor, made if there is none. Throws not_found or forbidden. */
export async function openRoom(ctx: Ctx, chat: Chat, actor: Actor, by: By): Promise<Room> {
  const { id, isNew, pair } = await inTransaction(ctx.db, async (tx) => {
    const pair = await findPair(tx, actor, by);
    return { pair, ...(await findOrBegin(ctx, tx, actor, pair)) };
  });
  const room = await readRoom(ctx, chat, actor.userId, id);
  const other = pair.customerId === actor.userId ? pair.contractorId : pair.customerId;
  if (isNew) {
    tellRoom(ctx, actor.userId, room);
    tellRoom(ctx, other, await readRoom(ctx, chat, other, id));
  }
  return room;
}

function tellRoom(ctx: Ctx, userId: string, room: Room): void {
  const frame = { type: 'room', room } satisfies ServerFrame;
  ctx.bus.publish({ to: [userId], frame: JSON.stringify(frame) });
}

/** A room as one of its members sees it. Throws not_found for anybody else. */
export async function readRoom(ctx: Ctx, chat: Chat, viewerId: string, roomId: string): Promise<Room> {
  const [found] = await readRooms(ctx, chat.whoIsOnline.bind(chat), viewerId, sql`room.id = ${roomId}`, 1);
  if (found === undefined) throw notFound('room');
  const { lastMessageAt: _sorting, ...room } = found;
  return room;
}

async function findPair(tx: Tx, actor: Actor, by: By): Promise<Members> {
  if ('bookingId' in by) return pairOfBooking(tx, actor, by.bookingId);
  if ('applicationId' in by) return pairOfApplication(tx, actor, by.applicationId);
  return pairWith(tx, actor, by.userId);
}

async function pairOfBooking(tx: Tx, actor: Actor, id: string): Promise<Members> {
  const row = await tx
    .selectFrom('bookings')
    .select(['customer_id', 'contractor_id'])
    .where('id', '=', id)
    .executeTakeFirst();
  return requireOwn(actor, row, 'booking');
}

async function pairOfApplication(tx: Tx, actor: Actor, id: string): Promise<Members> {
  const row = await tx
    .selectFrom('applications')
    .innerJoin('jobs', 'jobs.id', 'applications.job_id')
    .select(['jobs.customer_id', 'applications.contractor_id'])
    .where('applications.id', '=', id)
    .executeTakeFirst();
  return requireOwn(actor, row, 'application');
}

function requireOwn(
  actor: Actor,
  row: { customer_id: string; contractor_id: string } | undefined,
  what: string,
): Members {
  if (row?.customer_id !== actor.userId && row?.contractor_id !== actor.userId) throw notFound(what);
  return { customerId: row.customer_id, contractorId: row.contractor_id };
}

/** Customers write to any contractor; contractors only to whom they have to do with, so that nobody is canvassed. */
async function pairWith(tx: Tx, actor: Actor, userId: string): Promise<Members> {
  const other = await tx.selectFrom('users').select('role').where('id', '=', userId).executeTakeFirst();
  if (actor.role === 'customer' && other?.role === 'contractor')
    return { customerId: actor.userId, contractorId: userId };
  if (actor.role !== 'contractor' || other?.role !== 'customer') throw notFound('account');
  const { rows } = await sql<{ known: boolean }>`
    select exists (select from rooms where customer_id = ${userId} and contractor_id = ${actor.userId})
      or exists (select from bookings where customer_id = ${userId} and contractor_id = ${actor.userId})
      or exists (select from applications join jobs on jobs.id = job_id
        where jobs.customer_id = ${userId} and contractor_id = ${actor.userId}) as known`.execute(tx);
  if (!rows[0]!.known)
    throw new AppError('forbidden', 'Apply for a job of this customer first, or wait to be booked.');
  return { customerId: userId, contractorId: actor.userId };
}

async function findOrBegin(
  ctx: Ctx,
  tx: Tx,
  actor: Actor,
  pair: Members,
): Promise<{ id: string; isNew: boolean }> {
  const known = await findRoom(tx, pair);
  if (known !== undefined) return { id: known.id, isNew: false };
  await requireMembers(tx, actor, pair);
  return findOrMakeRoom(ctx, tx, pair);
}

/** Nobody begins to talk with somebody who is suspended or gone: to them, they are not there. */
async function requireMembers(tx: Tx, actor: Actor, { customerId, contractorId }: Members): Promise<void> {
  for (const userId of [customerId, contractorId].sort())
    await requireActive(tx, userId).catch((error: unknown) => {
      throw userId === actor.userId ? error : notFound('account');
    });
}
