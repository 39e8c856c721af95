import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { notify } from '../notifications/notifications.ts';
import { type Stripe, stripeFailure } from '../vendors/stripe.ts';
import { hashOfBanks } from './banks.ts';

type State = {
  isClosed: boolean;
  columns: Pick<
    ConnectedAccountRow,
    'details_submitted' | 'transfers_active' | 'payouts_enabled' | 'requirements_due' | 'disabled_reason'
  > & { banks_hash?: string };
};

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
  const state = await readState(ctx, stripeAccountId);
  return write(ctx, { stripeAccountId, reading: rows[0]!.reading }, state);
}

type Reading = { stripeAccountId: string; reading: number };

/**
 * Undefined when the contractor has left this account for another one meanwhile. Tells them when Stripe begins to want
 * something of them; while they are filling in the form for the first time they see that themselves.
 */
function write(
  ctx: Ctx,
  { stripeAccountId, reading }: Reading,
  state: State,
): Promise<ConnectedAccountRow | undefined> {
  return inTransaction(ctx.db, async (tx) => {
    const before = await tx
      .selectFrom('connected_accounts')
      .selectAll()
      .where('stripe_account_id', '=', stripeAccountId)
      .forUpdate()
      .executeTakeFirst();
    // Somebody who asked after us was faster; what they wrote is newer than what we have.
    if (before === undefined || before.reading >= reading) return before;
    const now = ctx.clock.now();
    const written = await tx
      .updateTable('connected_accounts')
      .set({
        ...state.columns,
        closed_at: state.isClosed ? (before.closed_at ?? now) : null,
        reading,
        read_at: now,
        updated_at: now,
      })
      .where('user_id', '=', before.user_id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (isAsked(written) && !isAsked(before))
      await notify(ctx, tx, [
        { to: written.user_id, type: 'payout.onboarding', about: `${stripeAccountId} ${reading}` },
      ]);
    return written;
  });
}

const isAsked = (account: ConnectedAccountRow): boolean =>
  account.details_submitted && account.closed_at === null && account.requirements_due.length > 0;

async function readState(ctx: Ctx, stripeAccountId: string): Promise<State> {
  try {
    return stateOf(await ctx.stripe.accounts.retrieve(stripeAccountId));
  } catch (error) {
    const failure = stripeFailure(error);
    if (failure.kind !== 'refused') throw error;
    return {
      // Disconnected or deleted. Other refusals may be about our own key and say nothing of the account.
      isClosed: failure.code === 'account_invalid',
      columns: {
        details_submitted: true,
        transfers_active: false,
        payouts_enabled: false,
        requirements_due: [],
        disabled_reason: failure.code,
      },
    };
  }
}

const stateOf = ({ requirements, ...account }: Stripe.Account): State => ({
  isClosed: false,
  columns: {
    details_submitted: account.details_submitted === true,
    transfers_active: account.capabilities?.transfers === 'active',
    payouts_enabled: account.payouts_enabled === true,
    requirements_due: [
      ...new Set([...(requirements?.past_due ?? []), ...(requirements?.currently_due ?? [])]),
    ],
    disabled_reason: requirements?.disabled_reason ?? null,
    banks_hash: hashOfBanks(account.external_accounts?.data ?? []),
  },
});

/**
 * Whether a call for this account was refused because the account is closed, which is written down then.
 * Errors: what is no error of Stripe's, and what reading the account throws.
 */
export async function isRefusedAsClosed(ctx: Ctx, stripeAccountId: string, error: unknown): Promise<boolean> {
  if (stripeFailure(error).kind !== 'refused') return false;
  const account = await refreshAccount(ctx, stripeAccountId);
  return account !== undefined && account.closed_at !== null;
}
