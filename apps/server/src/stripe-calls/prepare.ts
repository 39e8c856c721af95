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
 * Stores the call once; preparing it again changes nothing, the first parameters count. Only a call that Stripe is known
 * to have refused, and that nobody has sent again since, takes the new ones: the old ones would be refused for ever.
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
        .where('stripe_calls.first_sent_at', 'is', null)
        .where('stripe_calls.last_error', 'is not', null),
    )
    .execute();
}
