import type { Tx } from '../db/connect.ts';

/** A call that is about to be made: stored in the caller's transaction, so that it survives what comes after. */
export type PreparedCall = {
  /** Business action and subject, e.g. 'release:pay_…'. */
  id: string;
  params: Record<string, unknown>;
  /** The connected account to act for; left out for the platform. */
  stripeAccountId?: string;
};

/**
 * Stores the call. Preparing it again takes the new parameters as long as it was never sent, or Stripe is known to have
 * refused it and nobody has sent it again since; after that nothing changes, the parameters belong to the key.
 */
export async function prepareCall(tx: Tx, at: Date, call: PreparedCall): Promise<void> {
  await tx
    .insertInto('stripe_calls')
    .values({
      id: call.id,
      params: JSON.stringify(call.params),
      stripe_account_id: call.stripeAccountId ?? null,
      created_at: at,
    })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ params: JSON.stringify(call.params) })
        .where('stripe_calls.stripe_id', 'is', null)
        .where('stripe_calls.first_sent_at', 'is', null),
    )
    .execute();
}

/** Whether Stripe may have done it: it was sent, and not refused. */
export async function wasSent(tx: Tx, callId: string): Promise<boolean> {
  const sent = await tx
    .selectFrom('stripe_calls')
    .select('id')
    .where('id', '=', callId)
    .where((where) => where.or([where('first_sent_at', 'is not', null), where('stripe_id', 'is not', null)]))
    .executeTakeFirst();
  return sent !== undefined;
}

/** The outcome became known another way, by a webhook say, while the call's own answer was lost. */
export async function settleCall(tx: Tx, at: Date, callId: string, stripeId: string): Promise<void> {
  await tx
    .updateTable('stripe_calls')
    .set({ stripe_id: stripeId, succeeded_at: at, last_error: null })
    .where('id', '=', callId)
    .where('stripe_id', 'is', null)
    .execute();
}
