import { sql } from 'kysely';
import { addMs, dayMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Sweep } from '../outbox/worker.ts';
import { sendEvidence } from './evidence.ts';
import { followDispute } from './follow.ts';

const patienceMs = 30 * minuteMs;
// What an admin has not answered by then is answered with what we have: silence loses for certain.
const answerBeforeMs = dayMs;
const batch = 50;

/** Make up for lost webhooks and given-up tasks, and for admins who do not answer the bank. */
export const chargebackSweeps: Sweep[] = [
  { name: 'read chargebacks again', run: reread },
  { name: 'give back what chargebacks took', run: restoreAgain },
  { name: 'answer chargebacks before their time is over', run: answerInTime },
];

async function reread(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const { rows } = await sql<{ id: string; stripe_dispute_id: string }>`
    update chargebacks set read_at = ${now} where id in (
      select id from chargebacks where outcome is null and read_at < ${addMs(now, -patienceMs)}
      order by read_at limit ${batch} for update skip locked)
    returning id, stripe_dispute_id`.execute(ctx.db);
  for (const { id, stripe_dispute_id } of rows)
    await followDispute(ctx, stripe_dispute_id).catch((error) =>
      ctx.log.warn({ err: error, chargebackId: id }, 'chargeback not read again, next time'),
    );
}

async function restoreAgain(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const { rows } = await sql<{ id: string }>`
    update chargebacks set read_at = ${now} where id in (
      select id from chargebacks
      where restore_minor > 0 and restored_at is null and read_at < ${addMs(now, -patienceMs)}
      order by read_at limit ${batch} for update skip locked)
    returning id`.execute(ctx.db);
  for (const { id } of rows)
    await enqueue(ctx.db, 'chargebacks.restore', { chargebackId: id }, { key: `restore:${id}` });
}

async function answerInTime(ctx: Ctx): Promise<void> {
  const due = await ctx.db
    .selectFrom('chargebacks')
    .selectAll()
    .where('outcome', 'is', null)
    .where('evidence_sent_at', 'is', null)
    .where('stripe_status', 'in', ['needs_response', 'warning_needs_response'])
    .where('evidence_due_at', '<=', addMs(ctx.clock.now(), answerBeforeMs))
    .orderBy('evidence_due_at')
    .limit(batch)
    .execute();
  for (const chargeback of due)
    await sendEvidence(ctx, chargeback).catch((error) =>
      ctx.log.error({ err: error, chargebackId: chargeback.id }, 'evidence was not sent, next time'),
    );
}
