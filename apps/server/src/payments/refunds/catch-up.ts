import { sql } from 'kysely';
import { addMs, dayMs, minuteMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';
import { enqueueReversal } from '../reversals/take-back.ts';
import { refreshRefund } from './apply.ts';
import { enqueueRefund } from './attempt.ts';

/*
 * Sweeps that make up for webhooks that never came and for tasks that gave up: only what is unfinished, a batch at a
 * time, and nothing twice within its patience.
 */
const patienceMs = 10 * minuteMs;
// A bank may send a refund back after it counted as done; Stripe says within 30 days.
const watchDoneMs = 30 * dayMs;
const batch = 50;

/** Refunds that were not made yet, or that the bank is still working on. */
export async function catchUpRefunds(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  await inTransaction(ctx.db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      update refunds set read_at = ${now} where id in (
        select id from refunds where status in ('requested', 'pending') and read_at < ${addMs(now, -patienceMs)}
        order by read_at limit ${batch} for update skip locked)
      returning id`.execute(tx);
    for (const { id } of rows) await enqueueRefund(tx, id);
  });
}

/** Refunds that are done are looked at once a day, as long as the bank may still send them back. */
export async function watchRefunds(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const { rows } = await sql<{ id: string; stripe_refund_id: string }>`
    update refunds set read_at = ${now} where id in (
      select id from refunds where status = 'succeeded' and read_at < ${addMs(now, -dayMs)}
        and completed_at > ${addMs(now, -watchDoneMs)}
      order by read_at limit ${batch} for update skip locked)
    returning id, stripe_refund_id`.execute(ctx.db);
  for (const { id, stripe_refund_id } of rows)
    await refreshRefund(ctx, stripe_refund_id).catch((error) =>
      ctx.log.warn({ err: error, refundId: id }, 'refund not read again, next time'),
    );
}

/** Reversals that Stripe has refused so far, most often because the money had not settled. */
export async function catchUpReversals(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  await inTransaction(ctx.db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      update reversals set read_at = ${now} where id in (
        select id from reversals where succeeded_at is null and given_up_at is null and read_at < ${addMs(now, -patienceMs)}
        order by read_at limit ${batch} for update skip locked)
      returning id`.execute(tx);
    for (const { id } of rows) await enqueueReversal(tx, id);
  });
}
