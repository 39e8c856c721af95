import { amountStepMinor, formatMoney, type Payout } from '@holdfast/contract';
import { asProviderError, findAccount, isRefusedAsClosed } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError, invalidField } from '../errors.ts';
import { stripeBalance } from './available.ts';
import { notPayable, type PayableAccount, requirePayable } from './payable.ts';
import { presentPayout } from './present.ts';
import { type AskedBalance, type PayoutRequest, promisePayout, type Shortfall } from './promise.ts';
import { isScheduleKey } from './request-key.ts';
import { reachedAt, settlingMoney } from './settling.ts';

/**
 * Promises a payout of what is available, all of it if no amount is given; the outbox sends it to Stripe. The money
 * is set aside in the same transaction, so that two requests can never promise it twice.
 * Errors: onboarding_required, insufficient_funds (with the date from which it is there), below_minimum,
 * validation_failed (not payable in this currency, or a key of our own kind), idempotency_mismatch,
 * payment_provider_failed.
 */
export async function withdraw(ctx: Ctx, contractorId: string, request: PayoutRequest): Promise<Payout> {
  if (isScheduleKey(request.requestKey))
    throw invalidField('headers.idempotency-key', 'must not begin with schedule:');
  refuseUnpayable(request);
  const asked = await askBalance(ctx, await requirePayable(ctx, contractorId));
  const outcome = await inTransaction(ctx.db, (tx) => promisePayout(ctx, tx, request, asked));
  if ('id' in outcome) return presentPayout(ctx, outcome);
  throw await insufficient(ctx, request, asked, outcome);
}

/** What Stripe says is there. Errors: onboarding_required if the account turns out to be closed, payment_provider_failed. */
export async function askBalance(ctx: Ctx, account: PayableAccount): Promise<AskedBalance> {
  try {
    return { account, balance: await stripeBalance(ctx, account.stripe_account_id) };
  } catch (error) {
    throw await whyUnread(ctx, account, error).catch(asProviderError);
  }
}

async function whyUnread(ctx: Ctx, account: PayableAccount, error: unknown): Promise<AppError> {
  if (!(await isRefusedAsClosed(ctx, account.stripe_account_id, error))) return asProviderError(error);
  return notPayable(await findAccount(ctx.db, account.user_id));
}

/** Stripe pays some currencies out in whole units only. */
function refuseUnpayable({ currency, amountMinor }: PayoutRequest): void {
  const step = amountStepMinor(currency);
  if (amountMinor === undefined || amountMinor % step === 0) return;
  throw invalidField('body.amount', `must be a multiple of ${step} in ${currency}`);
}

async function insufficient(
  ctx: Ctx,
  { currency }: PayoutRequest,
  { account, balance }: AskedBalance,
  short: Shortfall,
): Promise<AppError> {
  const available = formatMoney({ amount: short.availableMinor, currency });
  const pendingMinor = balance.funds.get(currency)?.pendingMinor ?? 0;
  const pending =
    pendingMinor > 0 ? ` ${formatMoney({ amount: pendingMinor, currency })} more is settling.` : '';
  const availableAt = await whenAvailable(ctx, account, currency, short);
  const then =
    availableAt == null
      ? ''
      : ` ${formatMoney({ amount: short.wantedMinor, currency })} can be withdrawn from ${availableAt.toISOString()} on.`;
  return new AppError('insufficient_funds', `${available} can be withdrawn now.${pending}${then}`, {
    ...(availableAt === undefined ? {} : { availableAt }),
  });
}

/** Null if it is not owed, or nothing is under way that would cover it; undefined if Stripe did not answer. */
async function whenAvailable(
  ctx: Ctx,
  account: PayableAccount,
  currency: string,
  { wantedMinor, owedMinor, settledMinor }: Shortfall,
): Promise<Date | null | undefined> {
  if (wantedMinor === 0 || wantedMinor > owedMinor) return null;
  try {
    const settling = await settlingMoney(ctx, account.stripe_account_id);
    return reachedAt(settling, currency, settledMinor, wantedMinor);
  } catch (error) {
    ctx.log.warn({ err: error }, 'no date for money that is settling');
    return undefined;
  }
}
