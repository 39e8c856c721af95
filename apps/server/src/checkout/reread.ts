import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { ensureIntent } from '../payments/payments.ts';
import { cancelIntent } from './cancel-intent.ts';
import { settleIntentById } from './settle.ts';

const rereadAfterMs = 10 * minuteMs;
const batch = 50;

/**
 * Sweep: asks Stripe again about pending payments that nobody has asked about for a while, so that a webhook that
 * never came delays a payment by minutes and loses nothing.
 */
export async function rereadPending(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const due = await ctx.db
    .updateTable('payments')
    .set({ read_at: now })
    .where('id', 'in', (select) =>
      select
        .selectFrom('payments')
        .select('id')
        .where('status', '=', 'pending')
        .where('read_at', '<', addMs(now, -rereadAfterMs))
        .orderBy('read_at')
        .limit(batch)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'stripe_payment_id', 'abandoned_at'])
    .execute();
  for (const payment of due) {
    try {
      // What was given up must not stay payable, even if its task has given up as well.
      if (payment.abandoned_at !== null) await cancelIntent(ctx, { paymentId: payment.id });
      else await settleIntentById(ctx, payment.stripe_payment_id ?? (await ensureIntent(ctx, payment.id)).id);
    } catch (error) {
      ctx.log.warn({ err: error, paymentId: payment.id }, 'payment not read again, next time');
    }
  }
}
