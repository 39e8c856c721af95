import { sql } from 'kysely';
import { addMs, minuteMs, secondMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import type { DeviceRow } from '../../db/tables/devices.ts';
import type { PushOutcome } from '../../vendors/fcm.ts';

type Change = { id: string; failures: number; next: Date | null };

export type DeviceResult = { device: DeviceRow; outcome: PushOutcome };

const firstWaitMs = 10 * secondMs;
const longestWaitMs = 5 * minuteMs;

/** Deletes tokens that are gone, and notes those that are to be left alone for a while or are well again. */
export async function rememberResults(ctx: Ctx, results: readonly DeviceResult[]): Promise<void> {
  const gone = results.filter(({ outcome }) => outcome.kind === 'gone');
  if (gone.length > 0)
    await ctx.db
      .deleteFrom('devices')
      .where((where) => where('token', '=', where.fn.any(where.val(gone.map(({ device }) => device.token)))))
      .execute();
  const now = ctx.clock.now();
  const changed = results.flatMap(({ device, outcome }): Change[] => {
    if (outcome.kind === 'sent' && device.failures > 0) return [{ id: device.id, failures: 0, next: null }];
    if (outcome.kind !== 'retry' || outcome.trouble !== 'token') return [];
    const failures = device.failures + 1;
    return [{ id: device.id, failures, next: addMs(now, outcome.afterMs ?? waitMs(failures)) }];
  });
  if (changed.length === 0) return;
  await sql`
    update devices set failures = changed.failures, next_attempt_at = changed.next
    from unnest(${changed.map((one) => one.id)}::text[], ${changed.map((one) => one.failures)}::int[],
      ${changed.map((one) => one.next)}::timestamptz[]) as changed (id, failures, next)
    where devices.id = changed.id`.execute(ctx.db);
}

/** Twice as long each time, in milliseconds. */
const waitMs = (failures: number): number =>
  Math.min(firstWaitMs * 2 ** Math.min(failures - 1, 10), longestWaitMs);
