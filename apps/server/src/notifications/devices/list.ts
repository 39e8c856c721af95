import type { Device } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import type { Actor } from '../../http/authenticate.ts';
import { liveDevices } from './devices-of.ts';
import { presentDevice } from './present.ts';

/** The actor's devices that are sent to, the one used last first. There are few: no pages. */
export async function listDevices(ctx: Ctx, actor: Actor): Promise<{ items: Device[] }> {
  const rows = await liveDevices(ctx)
    .where('devices.user_id', '=', actor.userId)
    .orderBy('devices.last_used_at', 'desc')
    .orderBy('devices.id', 'desc')
    .execute();
  return { items: rows.map((row) => presentDevice(row, actor)) };
}
