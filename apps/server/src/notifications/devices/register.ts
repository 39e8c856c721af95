import { type Device, type DeviceInput, mostDevices } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { DeviceRow } from '../../db/tables/devices.ts';
import { inTransaction } from '../../db/transaction.ts';
import { AppError } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { newId } from '../../ids.ts';
import { presentDevice } from './present.ts';

/**
 * Has push notifications of the actor sent to this device, as long as the session lasts. Whoever was sent to it before
 * is not any more: it is the one who holds it now that reads. Throws token_expired if the session has ended meanwhile.
 */
export async function registerDevice(ctx: Ctx, actor: Actor, input: DeviceInput): Promise<Device> {
  const now = ctx.clock.now();
  const row = await inTransaction(ctx.db, async (tx) => {
    await lockSession(tx, actor, now);
    const device = await takeToken(tx, actor, input, now);
    await dropOldest(tx, actor.userId);
    return device;
  });
  return presentDevice(row, actor);
}

/** Held until the device is there: a logout at the same moment comes before, or finds the device and drops it. */
async function lockSession(tx: Tx, actor: Actor, now: Date): Promise<void> {
  // The account as well, so that two registrations at once count each other's devices.
  await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', actor.userId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const session = await tx
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', actor.sessionId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .forShare()
    .executeTakeFirst();
  if (session === undefined) throw new AppError('token_expired', 'This session has ended. Sign in again.');
}

async function takeToken(tx: Tx, actor: Actor, input: DeviceInput, now: Date): Promise<DeviceRow> {
  const { rows } = await sql<DeviceRow>`
    insert into devices (id, token, user_id, session_id, platform, locale, created_at, last_used_at)
    values (${newId('dev')}, ${input.token}, ${actor.userId}, ${actor.sessionId}, ${input.platform},
      ${input.locale ?? null}, ${now}, ${now})
    on conflict (token) do update set
      -- Somebody else's device is another one: its former owner knows the old name.
      id = case when devices.user_id = excluded.user_id then devices.id else excluded.id end,
      created_at = case when devices.user_id = excluded.user_id then devices.created_at else excluded.created_at end,
      user_id = excluded.user_id,
      session_id = excluded.session_id,
      platform = excluded.platform,
      locale = excluded.locale,
      last_used_at = excluded.last_used_at
    returning *`.execute(tx);
  return rows[0]!;
}

const dropOldest = (tx: Tx, userId: string) =>
  sql`delete from devices where id in (
    select id from devices where user_id = ${userId}
    order by last_used_at desc, id desc offset ${mostDevices})`.execute(tx);
