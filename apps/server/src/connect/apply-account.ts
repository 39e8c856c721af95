import type { Ctx } from '../context.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';
import type { Stripe } from '../vendors/stripe.ts';

/** Writes what Stripe says of an account now. Read before written: a webhook only ever tells us to look. */
export async function applyAccount(
  ctx: Ctx,
  userId: string,
  account: Stripe.Account,
): Promise<ConnectedAccountRow> {
  const now = ctx.clock.now();
  const requirements = account.requirements;
  return ctx.db
    .updateTable('connected_accounts')
    .set({
      stripe_account_id: account.id,
      details_submitted: account.details_submitted === true,
      transfers_active: account.capabilities?.transfers === 'active',
      payouts_enabled: account.payouts_enabled === true,
      requirements_due: [
        ...new Set([...(requirements?.past_due ?? []), ...(requirements?.currently_due ?? [])]),
      ],
      disabled_reason: requirements?.disabled_reason ?? null,
      read_at: now,
      updated_at: now,
    })
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Reads the account from Stripe and writes it down. Undefined when it is not one of ours.
 * Errors: whatever the call to Stripe throws; the caller repeats.
 */
export async function refreshAccount(
  ctx: Ctx,
  stripeAccountId: string,
): Promise<ConnectedAccountRow | undefined> {
  const owner = await ctx.db
    .selectFrom('connected_accounts')
    .select('user_id')
    .where('stripe_account_id', '=', stripeAccountId)
    .executeTakeFirst();
  if (owner === undefined) return undefined;
  return applyAccount(ctx, owner.user_id, await ctx.stripe.accounts.retrieve(stripeAccountId));
}
