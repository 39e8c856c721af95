import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { PaymentRow } from '../../db/tables/payments.ts';
import { newId } from '../../ids.ts';
import { contractorFundsIn, type LedgerLine } from '../../ledger/ledger.ts';
import { enqueue } from '../../outbox/enqueue.ts';
import { prepareCall } from '../../stripe-calls/stripe-calls.ts';

export type Taken = { lines: LedgerLine[]; hasReversal: boolean };

/**
 * Takes a part of a released payment from its contractor: as far as they have it from their balance, by reversals at
 * Stripe, and the rest as a debt. Answers the debits for the ledger entry of whatever caused it. The caller holds the
 * locks of account and payment.
 */
export async function takeBack(ctx: Ctx, tx: Tx, payment: PaymentRow, amountMinor: number): Promise<Taken> {
  const { currency, contractor_id: userId } = payment;
  const wantedMinor = Math.min(amountMinor, await balanceOf(tx, userId, currency));
  let fromBalanceMinor = 0;
  for (const { transferId, leftMinor } of await reversibleOf(tx, payment)) {
    const takenMinor = Math.min(wantedMinor - fromBalanceMinor, leftMinor);
    if (takenMinor <= 0) break;
    await requestReversal(ctx, tx, payment, { transferId, amountMinor: takenMinor });
    fromBalanceMinor += takenMinor;
  }
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
  const funds = await contractorFundsIn(tx, userId, currency);
  return Math.max(0, funds?.contractorBalanceMinor ?? 0);
}

export type Reversible = { transferId: string; leftMinor: number };

/**
 * What Stripe would still reverse of the payment's transfers, oldest first: the release, and what was given back after
 * chargebacks. Nothing of those to an account that was left since.
 */
export async function reversibleOf(tx: Tx, payment: PaymentRow): Promise<Reversible[]> {
  const { rows } = await sql<Reversible>`
    with transfers as (
      select stripe_transfer_id as id, transferred_minor as amount, released_at as made_at
      from payments where id = ${payment.id} and transferred_minor > 0
      union all
      select stripe_restore_id, restore_minor, restored_at
      from chargebacks where payment_id = ${payment.id} and restored_at is not null
    ), remains as (
      select id, made_at, amount - coalesce((
        select sum(amount_minor) from reversals where stripe_transfer_id = transfers.id), 0) as remaining
      from transfers
      where not exists (select from former_accounts
        where user_id = ${payment.contractor_id} and left_at >= transfers.made_at)
    ) select id as "transferId", remaining::bigint as "leftMinor" from remains where remaining > 0
    order by made_at, id`.execute(tx);
  return rows;
}

/** Stores the reversal and its call; the outbox makes it. Answers its id. */
export async function requestReversal(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  { transferId, amountMinor }: { transferId: string; amountMinor: number },
): Promise<string> {
  const now = ctx.clock.now();
  const id = newId('rev');
  await tx
    .insertInto('reversals')
    .values({
      id,
      payment_id: payment.id,
      contractor_id: payment.contractor_id,
      stripe_transfer_id: transferId,
      amount_minor: amountMinor,
      currency: payment.currency,
      requested_at: now,
      read_at: now,
    })
    .execute();
  await prepareCall(tx, now, {
    id: `reversal:${id}`,
    params: {
      transfer: transferId,
      amount: amountMinor,
      metadata: { payment_id: payment.id, reversal_id: id },
    },
  });
  await enqueueReversal(tx, id);
  return id;
}

export const enqueueReversal = (tx: Tx, reversalId: string): Promise<void> =>
  enqueue(tx, 'payments.reverse', { reversalId }, { key: `reversal:${reversalId}` });
