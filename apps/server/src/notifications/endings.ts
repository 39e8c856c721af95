import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { DeliveryRow } from '../db/tables/notifications.ts';

/** How an attempt at a delivery ended; with `attempts` it belongs to that attempt and no later one. */
export type Ending = {
  id: number;
  attempts: number;
  state: DeliveryRow['state'];
  reason: string | null;
  reference?: string | null;
  /** For what is not over. */
  nextAttemptAt?: Date;
  heldFor?: 'quiet';
  /** The devices that took it by now, while it is not over for others. */
  reached?: readonly string[];
};

/**
 * Writes down how attempts ended, all in one statement. What one of them carried ends with it. An attempt that took so
 * long that another has begun meanwhile still counts if it got through.
 */
export async function writeEndings(ctx: Ctx, endings: readonly Ending[]): Promise<void> {
  if (endings.length === 0) return;
  const now = ctx.clock.now();
  await sql`
    with ending as (
      select * from unnest(${endings.map(({ id }) => id)}::bigint[], ${endings.map(({ attempts }) => attempts)}::int[],
        ${endings.map(({ state }) => state)}::text[], ${endings.map(({ reason }) => reason)}::text[],
        ${endings.map(({ reference }) => reference ?? null)}::text[],
        ${endings.map(({ nextAttemptAt }) => nextAttemptAt ?? null)}::timestamptz[],
        ${endings.map(({ heldFor }) => heldFor ?? null)}::text[],
        ${endings.map(({ reached }) => reached?.join(' ') || null)}::text[])
        as input (id, attempts, state, reason, reference, next_attempt_at, held_for, reached)
    ), ended as (
      update notification_deliveries delivery
      set state = ending.state, reason = ending.reason, reference = ending.reference,
        next_attempt_at = ending.next_attempt_at, leased_until = null, held_for = ending.held_for,
        reached = string_to_array(ending.reached, ' '),
        sent_at = case when ending.state = 'sent' or ending.reached is not null
          then coalesce(sent_at, ${now}::timestamptz) end
      from ending
      where delivery.id = ending.id and delivery.state = 'queued'
        and (delivery.attempts = ending.attempts or ending.state = 'sent')
      returning delivery.id, delivery.state, delivery.reason
    )
    update notification_deliveries carried
    set state = ended.state, reason = coalesce(ended.reason, 'summarised'), next_attempt_at = null,
      sent_at = case ended.state when 'sent' then ${now}::timestamptz end
    from ended where carried.carried_by = ended.id and ended.state <> 'queued' and carried.state = 'queued'`.execute(
    ctx.db,
  );
}
