import { amountStepMinor, type Currency } from '@holdfast/contract';
import { lockAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { ConnectedAccountRow, PayoutRow } from '../db/tables/payments.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import { post } from '../ledger/ledger.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { prepareCall } from '../stripe-calls/stripe-calls.ts';
import { type StripeBalance, withdrawable } from './available.ts';
import { belowMinimum, minimumMinor } from './minimum.ts';
import { notPayable, type PayableAccount } from './payable.ts';

export type PayoutRequest = { currency: Currency; amountMinor: number | undefined; requestKey: string };

/** Why a withdrawal cannot be promised, minor units: what was wanted, and what there is of it. */
export type Shortfall = {
  wantedMinor: number;
  owedMinor: number;
  settledMinor: number;
  availableMinor: number;
};

/** The balance that Stripe has told of an account. */
export type AskedBalance = { account: PayableAccount; balance: StripeBalance };

/**
 * Sets the money of a payout aside and enqueues the payout, or says what it is short of. Everything that withdraws ends
 * here, under the lock of the contractor's account. Errors: idempotency_mismatch, below_minimum, onboarding_required
 * (the account was replaced since its balance was asked for).
 */
export async function promisePayout(
  ctx: Ctx,
  tx: Tx,
  request: PayoutRequest,
  { account, balance }: AskedBalance,
): Promise<PayoutRow | Shortfall> {
  const contractorId = account.user_id;
  const current = await lockAccount(tx, contractorId);
  const earlier = await tx
    .selectFrom('payouts')
    .selectAll()
    .where('contractor_id', '=', contractorId)
    .where('request_key', '=', request.requestKey)
    .executeTakeFirst();
  if (earlier !== undefined) return sameRequest(earlier, request);
  if (current?.stripe_account_id !== account.stripe_account_id) throw notPayable(current);
  const { currency } = request;
  const { owedMinor, settledMinor, ...now } = await withdrawable(tx, contractorId, currency, balance);
  const funds = { owedMinor, settledMinor, availableMinor: wholeSteps(now.availableMinor, currency) };
  const wantedMinor = request.amountMinor ?? funds.availableMinor;
  if (request.amountMinor !== undefined && wantedMinor < minimumMinor(ctx, currency))
    throw belowMinimum(ctx, currency, wantedMinor);
  if (wantedMinor > funds.availableMinor || wantedMinor === 0)
    return { ...funds, wantedMinor: request.amountMinor ?? wholeSteps(funds.owedMinor, currency) };
  if (wantedMinor < minimumMinor(ctx, currency)) throw belowMinimum(ctx, currency, wantedMinor);
  return insertPayout(ctx, tx, current, request, wantedMinor);
}

/** The payout lives longer than the memory of its key; another wish under the same key must not pass for it. */
function sameRequest(earlier: PayoutRow, { currency, amountMinor }: PayoutRequest): PayoutRow {
  if (earlier.currency === currency && (amountMinor ?? earlier.amount_minor) === earlier.amount_minor)
    return earlier;
  throw new AppError(
    'idempotency_mismatch',
    'This idempotency key was used with another withdrawal. Use a new key.',
  );
}

/** Stripe pays some currencies out in whole units only. */
const wholeSteps = (amountMinor: number, currency: Currency) =>
  amountMinor - (amountMinor % amountStepMinor(currency));

async function insertPayout(
  ctx: Ctx,
  tx: Tx,
  account: ConnectedAccountRow,
  { currency, requestKey }: PayoutRequest,
  amountMinor: number,
): Promise<PayoutRow> {
  const now = ctx.clock.now();
  const payout = await tx
    .insertInto('payouts')
    .values({
      id: newId('pout'),
      contractor_id: account.user_id,
      amount_minor: amountMinor,
      currency,
      status: 'pending',
      paid_from: account.stripe_account_id!,
      banks_hash: account.banks_hash,
      request_key: requestKey,
      requested_at: now,
      read_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await setAside(ctx, tx, payout);
  return payout;
}

async function setAside(ctx: Ctx, tx: Tx, payout: PayoutRow): Promise<void> {
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
    stripeAccountId: payout.paid_from,
    params: { amount: payout.amount_minor, currency: payout.currency, metadata: { payout_id: payout.id } },
  });
  await enqueue(tx, 'payouts.send', { payoutId: payout.id }, { key: `payout:${payout.id}` });
}
