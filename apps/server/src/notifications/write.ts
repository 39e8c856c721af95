import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { newId } from '../ids.ts';
import { priorityOf } from './defaults.ts';
import type { NotificationData, NotificationType } from './kinds.ts';
import { enqueueDelivery, enqueueShowing, type OutsideChannel, outsideChannels } from './lanes.ts';
import { holdOf } from './preferences/hold.ts';
import { isWanted, type Wishes } from './preferences/wishes.ts';
import type { textOf } from './texts/text-of.ts';

/** What telling needs of the context: commands of the server have no more. */
export type Telling = Pick<Ctx, 'clock'> & Partial<Pick<Ctx, 'pusher'>>;

/** One thing to tell one person. Of several with the same key the first counts. */
export type Entry = {
  wishes: Wishes;
  type: NotificationType;
  data: NotificationData;
  key: string;
  text: ReturnType<typeof textOf>;
};

/**
 * Writes down what is to be told, with a delivery for each channel that the person wants it on, and has it delivered,
 * exactly if the caller's change is committed. What was told before under the same key is left alone.
 */
export async function writeEntries(
  ctx: Telling,
  tx: Tx,
  entries: readonly Entry[],
  options: { isBulk?: boolean } = {},
): Promise<void> {
  if (entries.length === 0) return;
  const written = await insertNotifications(ctx, tx, entries);
  if (written.length === 0) return;
  const listed = written.filter(({ isListed }) => isListed).map(({ id }) => id);
  await insertDeliveries(
    ctx,
    tx,
    written.flatMap((one) => deliveriesOf(ctx, one)),
    options,
  );
  if (listed.length > 0) await enqueueShowing(tx, listed, options);
}

export type Written = { id: string; wishes: Wishes; type: NotificationType; isListed: boolean };

async function insertNotifications(ctx: Telling, tx: Tx, entries: readonly Entry[]): Promise<Written[]> {
  const all = entries.map((entry) => ({
    ...entry,
    id: newId('ntf'),
    isListed: isWanted(entry.wishes, entry.type, 'in_app'),
  }));
  const { rows } = await sql<{ id: string }>`
    insert into notifications (id, user_id, type, title, message, data, dedupe_key, is_listed, created_at)
    select id, user_id, type, title, message, data, dedupe_key, is_listed, ${ctx.clock.now()}
    from unnest(${all.map(({ id }) => id)}::text[], ${all.map(({ wishes }) => wishes.userId)}::text[],
      ${all.map(({ type }) => type)}::text[], ${all.map(({ text }) => text.title)}::text[],
      ${all.map(({ text }) => text.message)}::text[], ${all.map(({ data }) => JSON.stringify(data))}::jsonb[],
      ${all.map(({ key }) => key)}::text[], ${all.map(({ isListed }) => isListed)}::bool[])
      with ordinality as input (id, user_id, type, title, message, data, dedupe_key, is_listed, n)
    order by n
    on conflict (user_id, dedupe_key) do nothing returning id`.execute(tx);
  const isNew = new Set(rows.map(({ id }) => id));
  return all.filter(({ id }) => isNew.has(id));
}

/** One to be sent on a channel. The list needs none: what is in it is there with the commit. */
export type NewDelivery = Pick<Written, 'id' | 'type'> & {
  userId: string;
  channel: OutsideChannel;
  at: Date;
  heldFor: 'quiet' | 'digest' | null;
};

export function deliveriesOf(
  ctx: Telling,
  { id, wishes, type }: Omit<Written, 'isListed'>,
  channels: readonly OutsideChannel[] = outsideChannels,
): NewDelivery[] {
  const now = ctx.clock.now();
  const shared = { id, type, userId: wishes.userId };
  return channels
    .filter((channel) => isWanted(wishes, type, channel) && isThere(ctx, channel))
    .map((channel) => {
      const hold = holdOf(wishes, type, channel, now);
      return { ...shared, channel, at: hold?.until ?? now, heldFor: hold?.heldFor ?? null };
    });
}

/** Whether the person hears of it on any channel. */
export const isWantedAnywhere = (ctx: Telling, wishes: Wishes, type: NotificationType): boolean =>
  isWanted(wishes, type, 'in_app') ||
  outsideChannels.some((channel) => isWanted(wishes, type, channel) && isThere(ctx, channel));

/** Without Pusher nothing is written that could only be suppressed. */
export const isThere = (ctx: Telling, channel: OutsideChannel): boolean =>
  channel !== 'pusher' || ctx.pusher !== undefined;

export async function insertDeliveries(
  ctx: Telling,
  tx: Tx,
  deliveries: readonly NewDelivery[],
  options: { isBulk?: boolean } = {},
): Promise<void> {
  if (deliveries.length === 0) return;
  await sql`
    insert into notification_deliveries
      (notification_id, user_id, channel, state, priority, due_at, next_attempt_at, held_for, created_at)
    select notification_id, user_id, channel, 'queued', priority, at, at, held_for, ${ctx.clock.now()}
    from unnest(${deliveries.map(({ id }) => id)}::text[], ${deliveries.map(({ userId }) => userId)}::text[],
      ${deliveries.map(({ channel }) => channel)}::text[], ${deliveries.map(({ type }) => priorityOf(type))}::smallint[],
      ${deliveries.map(({ at }) => at)}::timestamptz[], ${deliveries.map(({ heldFor }) => heldFor)}::text[])
      as input (notification_id, user_id, channel, priority, at, held_for)`.execute(tx);
  for (const channel of outsideChannels) {
    if (deliveries.some((one) => one.channel === channel && one.heldFor === null))
      await enqueueDelivery(tx, channel, options);
  }
}
