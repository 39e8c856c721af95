import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { PaymentRow } from '../../db/tables/payments.ts';
import { newId } from '../../ids.ts';
import { contractorFunds, type LedgerLine } from '../../ledger/ledger.ts';
import { enqueue } from '../../outbox/enqueue.ts';
import { prepareCall } from '../../stripe-calls/stripe-calls.ts';

export type Taken = { lines: LedgerLine[]; hasReversal: boolean };

/**
 * Takes a part of a released payment from its contractor: as far as they have it from their balance, by a reversal at
 * Stripe, and the rest as a debt. Answers the debits for the ledger entry of whatever caused it. The caller holds the
 * locks of account and payment.
 */
export async function takeBack(ctx: Ctx, tx: Tx, payment: PaymentRow, amountMinor: number): Promise<Taken> {
  const { currency, contractor_id: userId } = payment;
  const balanceMinor = await balanceOf(tx, userId, currency);
  const reversibleMinor = await reversibleOf(tx, payment);
  const fromBalanceMinor = Math.min(amountMinor, balanceMinor, reversibleMinor);
  if (fromBalanceMinor > 0) await requestReversal(ctx, tx, payment, fromBalanceMinor);
  const owner = { userId, paymentId: payment.id };
  return {
    lines: [
      { account: 'contractor_balance', ...owner, debitMinor: fromBalanceMinor },
      { account: 'contractor_debt', ...owner, debitMinor: amountMinor - fromBalanceMinor },
    ],
    hasReversal: fromBalanceMinor > 0,
  };
}

export async function balanceOf(tx: Tx, userId: string, currency: Currency): Promise<number> {
  const funds = (await contractorFunds(tx, userId)).find((one) => one.currency === currency);
  return Math.max(0, funds?.contractorBalanceMinor ?? 0);
}

/** What Stripe would still reverse of the payment's transfer: nothing of one to an account that was left since. */
export async function reversibleOf(tx: Tx, payment: PaymentRow): Promise<number> {
  const { rows } = await sql<{ reversed: number; is_left: boolean }>`
    select
      (select coalesce(sum(amount_minor), 0)::bigint from reversals where payment_id = ${payment.id}) as reversed,
      exists (select from former_accounts
        where user_id = ${payment.contractor_id} and left_at >= ${payment.released_at}) as is_left`.execute(
    tx,
  );
  const { reversed, is_left } = rows[0]!;
  return is_left ? 0 : (payment.transferred_minor ?? 0) - reversed;
}

/** Stores the reversal and its call; the outbox makes it. Answers its id. */
export async function requestReversal(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  amountMinor: number,
): Promise<string> {
  const now = ctx.clock.now();
  const id = newId('rev');
  await tx
    .insertInto('reversals')
    .values({
      id,
      payment_id: payment.id,
      contractor_id: payment.contractor_id,
      amount_minor: amountMinor,
      currency: payment.currency,
      requested_at: now,
      read_at: now,
    })
    .execute();
  await prepareCall(tx, now, {
    id: `reversal:${id}`,
    params: {
      transfer: payment.stripe_transfer_id,
      amount: amountMinor,
      metadata: { payment_id: payment.id, reversal_id: id },
    },
  });
  await enqueue(tx, 'payments.reverse', { reversalId: id }, { key: `reversal:${id}` });
  return id;
}
