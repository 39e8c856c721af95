import { amountStepMinor, type Currency, formatMoney, type Payout } from '@holdfast/contract';
import { asProviderError, findAccount, lockAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PayoutRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError, invalidField } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { contractorFunds, post } from '../ledger/ledger.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { prepareCall } from '../stripe-calls/stripe-calls.ts';
import { type StripeBalance, stripeBalance, unsentMinor } from './available.ts';
import { presentPayout } from './present.ts';

export type WithdrawRequest = { currency: Currency; amountMinor: number | undefined; requestKey: string };

/**
 * Promises a payout of what is available, all of it if no amount is given; the outbox sends it to Stripe. The money
 * is set aside in the same transaction, so that two requests can never promise it twice.
 * Errors: onboarding_required, insufficient_funds, validation_failed (not payable in this currency),
 * idempotency_mismatch, payment_provider_failed.
 */
export async function withdraw(ctx: Ctx, actor: Actor, request: WithdrawRequest): Promise<Payout> {
  refuseUnpayable(request);
  const account = await findAccount(ctx.db, actor.userId);
  if (account?.stripe_account_id == null || !account.payouts_enabled)
    throw new AppError(
      'onboarding_required',
      'Complete the onboarding (POST /api/payouts/connect) before withdrawing.',
    );
  const atStripe = await stripeBalance(ctx, account.stripe_account_id).catch((error) => {
    throw asProviderError(error);
  });
  const payout = await inTransaction(ctx.db, (tx) => promise(ctx, tx, actor.userId, request, atStripe));
  return presentPayout(ctx, payout);
}

async function promise(
  ctx: Ctx,
  tx: Tx,
  contractorId: string,
  request: WithdrawRequest,
  atStripe: StripeBalance,
): Promise<PayoutRow> {
  const account = await lockAccount(tx, contractorId);
  const earlier = await tx
    .selectFrom('payouts')
    .selectAll()
    .where('contractor_id', '=', contractorId)
    .where('request_key', '=', request.requestKey)
    .executeTakeFirst();
  if (earlier !== undefined) return sameRequest(earlier, request);
  const availableMinor = await withdrawableMinor(tx, contractorId, request.currency, atStripe);
  const amountMinor = request.amountMinor ?? availableMinor;
  if (amountMinor > availableMinor || amountMinor === 0)
    throw insufficient(request.currency, availableMinor, atStripe);
  const now = ctx.clock.now();
  const payout = await tx
    .insertInto('payouts')
    .values({
      id: newId('pout'),
      contractor_id: contractorId,
      amount_minor: amountMinor,
      currency: request.currency,
      status: 'pending',
      request_key: request.requestKey,
      requested_at: now,
      read_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await setAside(ctx, tx, payout, account!.stripe_account_id!);
  return payout;
}

/** Stripe pays some currencies out in whole units only. */
function refuseUnpayable({ currency, amountMinor }: WithdrawRequest): void {
  const step = amountStepMinor(currency);
  if (amountMinor === undefined || amountMinor % step === 0) return;
  throw invalidField('body.amount', `must be a multiple of ${step} in ${currency}`);
}

/** The payout lives longer than the memory of its key; another wish under the same key must not pass for it. */
function sameRequest(earlier: PayoutRow, { currency, amountMinor }: WithdrawRequest): PayoutRow {
  if (earlier.currency === currency && (amountMinor ?? earlier.amount_minor) === earlier.amount_minor)
    return earlier;
  throw new AppError(
    'idempotency_mismatch',
    'This idempotency key was used with another withdrawal. Use a new key.',
  );
}

/** The smaller of what the ledger owes and what Stripe has settled, less what was promised and not sent. */
async function withdrawableMinor(
  tx: Tx,
  contractorId: string,
  currency: Currency,
  atStripe: StripeBalance,
): Promise<number> {
  const owed = (await contractorFunds(tx, contractorId)).find((funds) => funds.currency === currency);
  const settled =
    (atStripe.funds.get(currency)?.availableMinor ?? 0) -
    (await unsentMinor(tx, contractorId, currency, atStripe.askedAt));
  const available = Math.max(0, Math.min(owed?.contractorBalanceMinor ?? 0, settled));
  return available - (available % amountStepMinor(currency));
}

async function setAside(ctx: Ctx, tx: Tx, payout: PayoutRow, stripeAccountId: string): Promise<void> {
  const now = ctx.clock.now();
  await post(tx, now, {
    cause: `payout-promised:${payout.id}`,
    payoutId: payout.id,
    currency: payout.currency,
    lines: [
      { account: 'contractor_balance', userId: payout.contractor_id, debitMinor: payout.amount_minor },
      { account: 'payout_pending', userId: payout.contractor_id, creditMinor: payout.amount_minor },
    ],
  });
  await prepareCall(tx, now, {
    id: `payout:${payout.id}`,
    stripeAccountId,
    params: { amount: payout.amount_minor, currency: payout.currency, metadata: { payout_id: payout.id } },
  });
  await enqueue(tx, 'payouts.send', { payoutId: payout.id }, { key: `payout:${payout.id}` });
}

function insufficient(currency: Currency, availableMinor: number, { funds }: StripeBalance): AppError {
  const available = formatMoney({ amount: availableMinor, currency });
  const pendingMinor = funds.get(currency)?.pendingMinor ?? 0;
  const pending =
    pendingMinor > 0 ? ` ${formatMoney({ amount: pendingMinor, currency })} more is settling.` : '';
  return new AppError('insufficient_funds', `${available} can be withdrawn now.${pending}`);
}
