import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';
import { type Stripe, stripeFailure } from '../vendors/stripe.ts';

type State = Pick<
  ConnectedAccountRow,
  'details_submitted' | 'transfers_active' | 'payouts_enabled' | 'requirements_due' | 'disabled_reason'
>;

/**
 * Reads the account from Stripe and writes it down: a webhook only ever tells us to look. Of several readings at once
 * the one that was begun last counts, whichever answer comes last. Undefined when the account is not one of ours.
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
  const { rows } = await sql<{ reading: number }>`select nextval('account_readings') as reading`.execute(
    ctx.db,
  );
  return write(ctx, owner.user_id, rows[0]!.reading, await readState(ctx, stripeAccountId));
}

async function write(ctx: Ctx, userId: string, reading: number, state: State): Promise<ConnectedAccountRow> {
  const now = ctx.clock.now();
  const written = await ctx.db
    .updateTable('connected_accounts')
    .set({ ...state, reading, read_at: now, updated_at: now })
    .where('user_id', '=', userId)
    .where('reading', '<', reading)
    .returningAll()
    .executeTakeFirst();
  if (written !== undefined) return written;
  // Somebody who asked after us was faster; what they wrote is newer than what we have.
  return ctx.db
    .selectFrom('connected_accounts')
    .selectAll()
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
}

async function readState(ctx: Ctx, stripeAccountId: string): Promise<State> {
  try {
    return stateOf(await ctx.stripe.accounts.retrieve(stripeAccountId));
  } catch (error) {
    const failure = stripeFailure(error);
    if (failure.kind !== 'refused') throw error;
    // Closed, or no longer ours to use: nothing can go there until it is.
    return {
      details_submitted: true,
      transfers_active: false,
      payouts_enabled: false,
      requirements_due: [],
      disabled_reason: failure.code,
    };
  }
}

const stateOf = ({ requirements, ...account }: Stripe.Account): State => ({
  details_submitted: account.details_submitted === true,
  transfers_active: account.capabilities?.transfers === 'active',
  payouts_enabled: account.payouts_enabled === true,
  requirements_due: [...new Set([...(requirements?.past_due ?? []), ...(requirements?.currently_due ?? [])])],
  disabled_reason: requirements?.disabled_reason ?? null,
});
