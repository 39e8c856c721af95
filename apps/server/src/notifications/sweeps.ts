import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Sweep } from '../outbox/worker.ts';
import { forgetOld } from './forget.ts';
import { enqueueDelivery, outsideChannels } from './lanes.ts';
import { enqueueRelease } from './release-held.ts';

export const notificationSweeps: Sweep[] = [
  { name: 'send notifications that are due', run: sendDue },
  { name: 'release notifications that were held', run: releaseDue },
  { name: 'forget old notifications', run: forgetOld },
];

/** What could not be sent and is due again, and what a dead worker had taken. Sending is for tasks: it may be slow. */
async function sendDue(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  for (const channel of outsideChannels) {
    const { rows } = await sql`
      select from notification_deliveries
      where state = 'queued' and held_for is null and carried_by is null and channel = ${channel}
        and next_attempt_at <= ${now} and (leased_until is null or leased_until <= ${now}) limit 1`.execute(
      ctx.db,
    );
    if (rows.length > 0) await enqueueDelivery(ctx.db, channel, { key: `notifications due ${channel}` });
  }
}

async function releaseDue(ctx: Ctx): Promise<void> {
  const { rows } = await sql`
    select from notification_deliveries
    where state = 'queued' and held_for is not null and next_attempt_at <= ${ctx.clock.now()} limit 1`.execute(
    ctx.db,
  );
  if (rows.length > 0) await enqueueRelease(ctx);
}
