import type { Ctx } from '../../context.ts';
import type { DeviceRow } from '../../db/tables/devices.ts';

/**
 * Devices on which somebody is still signed in. A session may end without anybody doing anything, by its time: what
 * was registered in it stays until the session is forgotten, and is not sent to.
 */
export const liveDevices = (ctx: Ctx) =>
  ctx.db
    .selectFrom('devices')
    .innerJoin('sessions', 'sessions.id', 'devices.session_id')
    .selectAll('devices')
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.expires_at', '>', ctx.clock.now());

/** Where these people are sent to, the device used last first. One query for all. */
export async function devicesOf(ctx: Ctx, userIds: readonly string[]): Promise<Map<string, DeviceRow[]>> {
  const rows = await liveDevices(ctx)
    .where((where) => where('devices.user_id', '=', where.fn.any(where.val([...new Set(userIds)]))))
    .orderBy('devices.last_used_at', 'desc')
    .orderBy('devices.id', 'desc')
    .execute();
  return Map.groupBy(rows, (row) => row.user_id);
}
