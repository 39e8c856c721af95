import type { Ctx } from '../context.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { type AppError, conflict, invalidField } from '../errors.ts';
import { prepareCall, type Sender, StripeCallFailed, sendCall } from '../stripe-calls/stripe-calls.ts';
import { type Stripe, stripeFailure } from '../vendors/stripe.ts';
import { findAccount, lockAccount } from './account.ts';
import { refreshAccount } from './apply-account.ts';
import { leaveClosedAccount } from './leave.ts';
import { asProviderError } from './provider-error.ts';

export type OnboardingRequest = { country: string; returnUrl: string; refreshUrl: string };
export type OnboardingLink = { account: ConnectedAccountRow; url: string; expiresAt: Date | null };

/**
 * Creates the contractor's Stripe account if there is none and answers a link to what comes next: onboarding while
 * details are missing, the Stripe dashboard afterwards. In place of an account that was closed another one is made.
 * Errors: validation_failed (a country that Stripe does not serve), conflict (money of the closed account is on its
 * way), payment_provider_failed.
 */
export async function onboard(ctx: Ctx, userId: string, request: OnboardingRequest): Promise<OnboardingLink> {
  try {
    const account = await ensureAccount(ctx, userId, request.country);
    const isComplete = account.details_submitted && account.requirements_due.length === 0;
    const dashboard = isComplete ? await dashboardOf(ctx, account.stripe_account_id!) : undefined;
    if (dashboard !== undefined) return { account, url: dashboard, expiresAt: null };
    const link = await ctx.stripe.accountLinks.create({
      account: account.stripe_account_id!,
      type: 'account_onboarding',
      return_url: request.returnUrl,
      refresh_url: request.refreshUrl,
      collection_options: { fields: 'eventually_due' },
    });
    return { account, url: link.url, expiresAt: new Date(link.expires_at * 1000) };
  } catch (error) {
    throw asProviderError(error);
  }
}

/** Undefined when Stripe opens no dashboard for this account; onboarding then says what it wants. */
async function dashboardOf(ctx: Ctx, stripeAccountId: string): Promise<string | undefined> {
  try {
    return (await ctx.stripe.accounts.createLoginLink(stripeAccountId)).url;
  } catch (error) {
    if (stripeFailure(error).kind === 'refused') return undefined;
    throw error;
  }
}

/** The account as Stripe has it now, in place of a closed one the next. */
async function ensureAccount(ctx: Ctx, userId: string, country: string): Promise<ConnectedAccountRow> {
  const known = await findAccount(ctx.db, userId);
  if (known?.stripe_account_id == null) return makeAccount(ctx, userId, country);
  const account = await refreshAccount(ctx, known.stripe_account_id);
  if (account !== undefined && account.closed_at === null) return account;
  await leaveClosedAccount(ctx, userId);
  return makeAccount(ctx, userId, country);
}

/** Two requests at once make one account: the call is stored under one key for each that a contractor ever has. */
async function makeAccount(ctx: Ctx, userId: string, country: string): Promise<ConnectedAccountRow> {
  const { callId, number } = await prepareAccount(ctx, userId, country);
  const made = await sendCall(ctx, callId, accountSender(ctx)).catch((error) => {
    throw refusedCountry(error) ?? error;
  });
  // Stripe decides the country that was asked for first; a second request may have brought another.
  await ctx.db
    .updateTable('connected_accounts')
    .set({ stripe_account_id: made.id, country: made.country })
    .where('user_id', '=', userId)
    .where('number', '=', number)
    .where('stripe_account_id', 'is', null)
    .execute();
  const account = await refreshAccount(ctx, made.id);
  if (account === undefined) throw conflict('This account has been replaced meanwhile. Ask again.');
  return account;
}

function prepareAccount(ctx: Ctx, userId: string, country: string) {
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    await tx
      .insertInto('connected_accounts')
      .values({ user_id: userId, country, created_at: now, updated_at: now })
      .onConflict((conflicting) => conflicting.column('user_id').doNothing())
      .execute();
    const { number } = (await lockAccount(tx, userId))!;
    const callId = number === 1 ? `account:${userId}` : `account:${userId}:${number}`;
    await prepareCall(tx, now, { id: callId, params: accountParams(userId, country, number) });
    return { callId, number };
  });
}

function refusedCountry(error: unknown): AppError | undefined {
  if (!(error instanceof StripeCallFailed)) return undefined;
  const { failure } = error;
  if (failure.kind !== 'refused' || failure.param !== 'country') return undefined;
  return invalidField('body.country', failure.message, error);
}

/** The platform pays the fees and bears the losses; payouts happen only when the contractor asks for one. */
const accountParams = (userId: string, country: string, number: number): Record<string, unknown> => ({
  country,
  controller: {
    stripe_dashboard: { type: 'express' },
    fees: { payer: 'application' },
    losses: { payments: 'application' },
    requirement_collection: 'stripe',
  },
  capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
  settings: { payouts: { schedule: { interval: 'manual' } } },
  metadata: metadataOf(userId, number),
});

type AccountMetadata = { user_id: string; number?: string };

const metadataOf = (userId: string, number: number): AccountMetadata =>
  number === 1 ? { user_id: userId } : { user_id: userId, number: String(number) };

type AccountKey = { id: string; country?: string };

const accountSender = (ctx: Ctx): Sender<AccountKey> => ({
  send: (params, options) => ctx.stripe.accounts.create(params as Stripe.AccountCreateParams, options),
  retrieve: async (id) => ({ id }),
  find: async (params) => {
    const wanted = params.metadata as AccountMetadata;
    for await (const { metadata, ...account } of ctx.stripe.accounts.list({ limit: 100 }))
      if (metadata?.user_id === wanted.user_id && metadata.number === wanted.number) return account;
    return undefined;
  },
});
