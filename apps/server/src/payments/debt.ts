import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import { lockAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { invalidField } from '../errors.ts';
import { contractorFundsIn, post } from '../ledger/ledger.ts';
import { balanceOf, type Reversible, requestReversal, reversibleOf } from './reversals/take-back.ts';
import { allocateWithdrawals } from './withdrawn.ts';

/**
 * What the contractor owes and no release that is under way will pay, minor units. The caller holds their account's
 * lock, so that two releases never pay one debt twice.
 */
export async function outstandingDebt(tx: Tx, contractorId: string, currency: Currency): Promise<number> {
  const funds = await contractorFundsIn(tx, contractorId, currency);
  const { rows } = await sql<{ promised: number }>`
    select coalesce(sum(set_off_minor), 0)::bigint as promised from payments
    where contractor_id = ${contractorId} and currency = ${currency} and status = 'held' and set_off_minor > 0
      and release_requested_at is not null`.execute(tx);
  return Math.max(0, (funds?.debtMinor ?? 0) - rows[0]!.promised);
}

/**
 * The platform gives a debt up, in part or in full: its loss. False, with nothing done, if this request did it before.
 * Errors: validation_failed if less is owed.
 */
export async function forgiveDebt(
  ctx: Ctx,
  tx: Tx,
  contractorId: string,
  { currency, amountMinor, request }: { currency: Currency; amountMinor: number; request: string },
): Promise<boolean> {
  await lockAccount(tx, contractorId);
  const cause = `debt-forgiven:${request}`;
  const earlier = await tx
    .selectFrom('ledger_entries')
    .select('id')
    .where('cause', '=', cause)
    .executeTakeFirst();
  if (earlier !== undefined) return false;
  const owedMinor = await outstandingDebt(tx, contractorId, currency);
  if (amountMinor > owedMinor)
    throw invalidField('body.amount', `must be at most the ${owedMinor} that are owed in ${currency}`);
  await post(tx, ctx.clock.now(), {
    cause,
    currency,
    lines: [
      { account: 'losses', debitMinor: amountMinor },
      { account: 'contractor_debt', userId: contractorId, creditMinor: amountMinor },
    ],
  });
  await allocateWithdrawals(ctx, tx, contractorId, currency);
  return true;
}

/** Sweep: what a contractor owes is taken from what they have, as soon as they have something again. */
export async function recoverDebts(ctx: Ctx): Promise<void> {
  for (const debtor of await debtorsWithMoney(ctx.db))
    await inTransaction(ctx.db, (tx) => recover(ctx, tx, debtor)).catch((error) =>
      ctx.log.error({ err: error, userId: debtor.user_id }, 'debt not taken from a balance, next time'),
    );
}

type Debtor = { user_id: string; currency: Currency };

async function debtorsWithMoney(db: Db): Promise<Debtor[]> {
  const { rows } = await sql<Debtor>`
    select user_id, currency from (
      select distinct user_id, currency from ledger_lines where account = 'contractor_debt'
    ) as debtors
    where (select sum(amount_minor) from ledger_lines as debt where debt.user_id = debtors.user_id
        and debt.currency = debtors.currency and debt.account = 'contractor_debt') > 0
      and (select sum(amount_minor) from ledger_lines as owed where owed.user_id = debtors.user_id
        and owed.currency = debtors.currency and owed.account = 'contractor_balance') < 0`.execute(db);
  return rows;
}

/** By reversals of whatever was transferred to them, newest first: at Stripe it is one balance. */
async function recover(ctx: Ctx, tx: Tx, { user_id: userId, currency }: Debtor): Promise<void> {
  await lockAccount(tx, userId);
  const debtMinor = await outstandingDebt(tx, userId, currency);
  let leftMinor = Math.min(debtMinor, await balanceOf(tx, userId, currency));
  const payments = await tx
    .selectFrom('payments')
    .selectAll()
    .where('contractor_id', '=', userId)
    .where('currency', '=', currency)
    .where('transferred_minor', '>', 0)
    .orderBy('released_at', 'desc')
    .limit(100)
    .execute();
  for (const { payment, transferId, ...transfer } of await transfersOf(tx, payments)) {
    const amountMinor = Math.min(leftMinor, transfer.leftMinor);
    if (amountMinor <= 0) break;
    const reversalId = await requestReversal(ctx, tx, payment, { transferId, amountMinor });
    await post(tx, ctx.clock.now(), {
      cause: `debt-recovered:${reversalId}`,
      currency,
      lines: [
        { account: 'contractor_balance', userId, debitMinor: amountMinor },
        { account: 'contractor_debt', userId, creditMinor: amountMinor },
      ],
    });
    leftMinor -= amountMinor;
  }
}

async function transfersOf(
  tx: Tx,
  payments: PaymentRow[],
): Promise<(Reversible & { payment: PaymentRow })[]> {
  const found = [];
  for (const payment of payments)
    for (const transfer of await reversibleOf(tx, payment)) found.push({ ...transfer, payment });
  return found;
}
