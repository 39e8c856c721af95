import { sql } from 'kysely';
import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';

const batch = 1000;
const keptMs = 400 * dayMs;

/** Sweep: notifications of more than a year ago, with the record of their deliveries. */
export async function forgetOld(ctx: Ctx): Promise<void> {
  const limit = addMs(ctx.clock.now(), -keptMs);
  let gone: number;
  do {
    const { rows } = await sql`
      with gone as (
        delete from notifications where id in (
          select id from notifications where created_at < ${limit} limit ${batch} for update skip locked)
        returning id
      ), delivered as (
        delete from notification_deliveries where notification_id in (select id from gone)
      )
      select from gone`.execute(ctx.db);
    gone = rows.length;
  } while (gone === batch);
}

/** What a person was told and wanted to be told is forgotten with them: it is full of names. */
export async function forgetNotificationsOf(tx: Tx, userId: string): Promise<void> {
  await sql`
    with mine as (delete from notifications where user_id = ${userId} returning id)
    delete from notification_deliveries where notification_id in (select id from mine)`.execute(tx);
  await tx.deleteFrom('notification_preferences').where('user_id', '=', userId).execute();
  await tx.deleteFrom('notification_settings').where('user_id', '=', userId).execute();
}
