import { sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import type { Ctx } from '../context.ts';

const channels = ['push', 'email', 'pusher'] as const;

/** Reads what people wait for, and answers how to show it once everything else is read as well. */
export function createWaitingGauges(registry: Registry): (ctx: Ctx) => Promise<() => void> {
  const gauge = <L extends string>(name: string, help: string, label: L) =>
    new Gauge<L>({ name: `holdfast_${name}`, help, labelNames: [label], registers: [registry] });
  const due = gauge('notifications_due', 'Notifications that are due on a channel and not sent', 'channel');
  const moderation = gauge(
    'moderation_waiting',
    'Messages that are held back and reports that wait for an admin',
    'what',
  );
  return async (ctx) => {
    const [deliveries, waiting] = await Promise.all([readDeliveries(ctx), readModeration(ctx)]);
    return () => {
      for (const channel of channels)
        due.set({ channel }, deliveries.find((one) => one.channel === channel)?.due ?? 0);
      for (const [what, count] of Object.entries(waiting)) moderation.set({ what }, count);
    };
  };
}

/** What waits for the morning or the next digest is not due, nor what one of a person's devices has taken. */
async function readDeliveries(ctx: Ctx) {
  const { rows } = await sql<{ channel: string; due: number }>`
    select channel, count(*) as due from notification_deliveries
    where state = 'queued' and held_for is null and carried_by is null and reached is null
      and due_at <= ${ctx.clock.now()}
    group by channel`.execute(ctx.db);
  return rows;
}

async function readModeration(ctx: Ctx) {
  const { rows } = await sql<Record<string, number>>`
    select (select count(*) from messages where is_held) as held_message,
      (select count(*) from reports where closed_at is null) as open_report`.execute(ctx.db);
  return rows[0]!;
}
