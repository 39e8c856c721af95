import { notificationChannels } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Registry } from 'prom-client';
import type { Ctx } from '../context.ts';
import { gaugeIn } from './gauge-in.ts';

/** What people wait for: to be told something, and for a moderator. */
export type Waiting = { due: { channel: string; due: number }[]; moderation: Record<string, number> };

// What is in the list is there with its cause.
const channels = notificationChannels.filter((channel) => channel !== 'in_app');

export function showWaitingIn(registry: Registry): (waiting: Waiting) => void {
  const gauge = gaugeIn(registry);
  const due = gauge('notifications_due', 'Notifications that are due on a channel and not sent', ['channel']);
  const moderation = gauge(
    'moderation_waiting',
    'Messages that are held back and reports that wait for an admin',
    ['what'],
  );
  return (waiting) => {
    for (const channel of channels)
      due.set({ channel }, waiting.due.find((one) => one.channel === channel)?.due ?? 0);
    for (const [what, count] of Object.entries(waiting.moderation)) moderation.set({ what }, count);
  };
}

export async function readWaiting(ctx: Ctx): Promise<Waiting> {
  const [due, moderation] = await Promise.all([readDue(ctx), readModeration(ctx)]);
  return { due, moderation };
}

/** What waits for the morning or the next digest is not due, nor what one of a person's devices has taken. */
async function readDue(ctx: Ctx): Promise<Waiting['due']> {
  const { rows } = await sql<Waiting['due'][number]>`
    select channel, count(*) as due from notification_deliveries
    where state = 'queued' and held_for is null and carried_by is null and reached is null
      and due_at <= ${ctx.clock.now()}
    group by channel`.execute(ctx.db);
  return rows;
}

async function readModeration(ctx: Ctx): Promise<Waiting['moderation']> {
  const { rows } = await sql<Waiting['moderation']>`
    select (select count(*) from messages where is_held) as held_message,
      (select count(*) from reports where closed_at is null) as open_report`.execute(ctx.db);
  return rows[0]!;
}
