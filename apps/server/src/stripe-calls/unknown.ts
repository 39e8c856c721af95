import { sql } from 'kysely';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { stripeFailure } from '../vendors/stripe.ts';
import { StripeCallFailed } from './send.ts';

// A call takes 40 seconds at most, see vendors/stripe.ts: whatever was sent longer ago is not under way any more.
const patienceMs = minuteMs;
const askEveryMs = 2 * minuteMs;
const batch = 200;

/**
 * How the calls of each kind go on, by the beginning of their id: 'refund' for 'refund:pay_…', told the rest of the id.
 * Running it must find out what became of the call, and do with the answer what whoever made it would have done.
 */
export type Resumers = Readonly<Record<string, (ctx: Ctx, subject: string) => Promise<void>>>;

/**
 * Sweep: hands every call whose outcome nobody knows back to whoever made it, so that it has one within minutes after
 * Stripe answers again, long before the outbox would try again by itself.
 */
export async function askForUnknown(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  await inTransaction(ctx.db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      update stripe_calls set asked_at = ${now} where id in (
        select id from stripe_calls
        where first_sent_at is not null and stripe_id is null
          and coalesce(last_sent_at, first_sent_at) <= ${addMs(now, -patienceMs)}
          and (asked_at is null or asked_at <= ${addMs(now, -askEveryMs)})
        order by coalesce(asked_at, last_sent_at, first_sent_at) limit ${batch} for update skip locked)
      returning id`.execute(tx);
    for (const { id } of rows)
      await enqueue(tx, 'stripe-calls.resume', { callId: id }, { key: `resume:${id}` });
  });
}

/** Outbox task: what the sweep hands back. Stripe still not answering is no failure: the sweep comes again. */
export const resumeCall =
  (resumers: Resumers) =>
  async (ctx: Ctx, { callId }: { callId: string }): Promise<void> => {
    const [kind = '', ...subject] = callId.split(':');
    const resume = Object.hasOwn(resumers, kind) ? resumers[kind] : undefined;
    if (resume === undefined) throw new Error(`Nobody resumes calls such as ${callId}: see outbox/tasks.ts`);
    try {
      await resume(ctx, subject.join(':'));
    } catch (error) {
      const failure = error instanceof StripeCallFailed ? error.failure : stripeFailure(error);
      ctx.log.warn({ callId, problem: failure.code }, 'a call to Stripe is still not settled');
    }
  };
