import type { Ctx } from '../context.ts';
import { type Sender, settle } from './send.ts';

/**
 * Ends the doubt about a call without making it: looks at Stripe for what it may have made. Found, it is settled and
 * answered. Not found, the call counts as not made, and whoever wants it begins anew under the next key, after another
 * look. Undefined also when its outcome is known already. Errors: whatever the look throws.
 */
export async function lookUpCall<T extends { id: string }>(
  ctx: Ctx,
  callId: string,
  sender: Pick<Sender<T>, 'find'>,
): Promise<T | undefined> {
  const call = await ctx.db
    .selectFrom('stripe_calls')
    .selectAll()
    .where('id', '=', callId)
    .executeTakeFirst();
  if (call === undefined || call.stripe_id !== null || call.first_sent_at === null) return undefined;
  const found = await sender.find(call.params, call.stripe_account_id ?? undefined);
  if (found !== undefined) return settle(ctx, callId, found);
  await ctx.db
    .updateTable('stripe_calls')
    .set({ first_sent_at: null, attempt: call.attempt + 1, last_error: 'lost: not found at Stripe' })
    .where('id', '=', callId)
    .where('stripe_id', 'is', null)
    // Somebody who sent it since we looked is waiting for an answer of their own.
    .where('attempt', '=', call.attempt)
    .where('last_sent_at', 'is not distinct from', call.last_sent_at)
    .execute();
  return undefined;
}
