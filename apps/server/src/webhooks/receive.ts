import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Stripe } from '../vendors/stripe.ts';

/**
 * Stores a verified event with the task that will apply it, once per event id. Returning means committed: only then
 * may Stripe be told that it was received. The event's body is not kept; what it is about is read from Stripe again.
 */
export function receiveEvent(ctx: Ctx, event: Stripe.Event): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const stored = await tx
      .insertInto('stripe_events')
      .values({
        id: event.id,
        type: event.type,
        stripe_account_id: event.account ?? null,
        object_id: (event.data.object as { id?: string }).id ?? null,
        received_at: ctx.clock.now(),
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (stored !== undefined) await enqueue(tx, 'webhooks.apply', { eventId: event.id });
  });
}
