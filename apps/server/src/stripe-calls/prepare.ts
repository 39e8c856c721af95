import type { Tx } from '../db/connect.ts';

/** A call that is about to be made: stored in the caller's transaction, so that it survives what comes after. */
export type PreparedCall = {
  /** Business action and subject, e.g. 'release:pay_…'. */
  id: string;
  params: Record<string, unknown>;
  /** The connected account to act for; left out for the platform. */
  stripeAccountId?: string;
};

/** Stores the call once; preparing it again changes nothing, the first parameters count. */
export async function prepareCall(tx: Tx, at: Date, call: PreparedCall): Promise<void> {
  await tx
    .insertInto('stripe_calls')
    .values({
      id: call.id,
      params: JSON.stringify(call.params),
      stripe_account_id: call.stripeAccountId ?? null,
      created_at: at,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}
