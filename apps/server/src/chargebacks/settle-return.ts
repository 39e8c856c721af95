import type { Chargeback } from '@holdfast/contract';
import { getUser } from '../accounts/accounts.ts';
import { recordAdminAction } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { post } from '../ledger/ledger.ts';
import {
  allocateWithdrawals,
  lockPaymentWithAccount,
  outstandingDebt,
  requireUnfrozen,
} from '../payments/payments.ts';
import { promiseTransfer } from './give-back.ts';
import { findChargeback, presentChargeback, unsettledMinor } from './present.ts';

type Wish = { to: 'contractor' | 'platform'; note: string };

/** What of the returned money pays the contractor's debt, and what is transferred to them, minor units. */
type Regained = { setOffMinor: number; transferMinor: number };

/**
 * An admin says whose money is what a bank gave back after a loss. The payment stays refunded: its shares were given up,
 * and the customer was told so. Errors: not_found; conflict if nothing waits, or if it cannot go to the contractor.
 */
export async function settleReturn(
  ctx: Ctx,
  actor: Actor,
  chargebackId: string,
  { to, note }: Wish,
): Promise<Chargeback> {
  const { payment_id } = await findChargeback(ctx.db, chargebackId);
  return inTransaction(ctx.db, async (tx) => {
    const payment = await lockPaymentWithAccount(tx, payment_id);
    const chargeback = await findChargeback(tx, chargebackId);
    const waitingMinor = unsettledMinor(chargeback);
    if (waitingMinor === 0) throw conflict('The bank has given nothing back that is not settled.');
    const regained =
      to === 'contractor'
        ? await regainable(tx, chargeback, payment, waitingMinor)
        : { setOffMinor: 0, transferMinor: 0 };
    const settled = await settle(ctx, tx, chargeback, payment, { waitingMinor, ...regained });
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'chargeback.settle-return',
      subject: chargebackId,
      details: { paymentId: payment.id, to, amountMinor: waitingMinor, ...regained, note },
    });
    return presentChargeback(settled);
  });
}

/** At most what the chargeback has cost them. One transfer of each chargeback is told from all others at Stripe. */
async function regainable(
  tx: Tx,
  chargeback: ChargebackRow,
  payment: PaymentRow,
  waitingMinor: number,
): Promise<Regained> {
  await requireUnfrozen(tx, payment.id);
  const { deleted_at } = await getUser(tx, payment.contractor_id);
  if (deleted_at !== null) throw conflict('The contractor has deleted their account.');
  const lostMinor = chargeback.contractor_lost_minor - chargeback.regained_minor;
  if (lostMinor === 0) throw conflict('The contractor has lost nothing more by this chargeback.');
  const theirsMinor = Math.min(waitingMinor, lostMinor);
  const debtMinor = await outstandingDebt(tx, payment.contractor_id, payment.currency);
  const setOffMinor = Math.min(debtMinor, theirsMinor);
  const transferMinor = theirsMinor - setOffMinor;
  if (transferMinor > 0 && (chargeback.restore_minor ?? 0) > 0)
    throw conflict('Money of this chargeback was transferred to the contractor once, and cannot be again.');
  return { setOffMinor, transferMinor };
}

async function settle(
  ctx: Ctx,
  tx: Tx,
  chargeback: ChargebackRow,
  payment: PaymentRow,
  { waitingMinor, setOffMinor, transferMinor }: Regained & { waitingMinor: number },
): Promise<ChargebackRow> {
  const now = ctx.clock.now();
  const paymentId = payment.id;
  const owner = { userId: payment.contractor_id, paymentId };
  const regainedMinor = setOffMinor + transferMinor;
  const settledMinor = chargeback.settled_minor + waitingMinor;
  await post(tx, now, {
    // Only ever more is settled, so the sum names this time.
    cause: `chargeback-return-settled:${chargeback.id}:${settledMinor}`,
    paymentId,
    currency: payment.currency,
    lines: [
      { account: 'chargebacks', paymentId, debitMinor: waitingMinor },
      { account: 'contractor_debt', ...owner, creditMinor: setOffMinor },
      { account: 'chargeback_reserve', ...owner, creditMinor: transferMinor },
      { account: 'losses', paymentId, creditMinor: waitingMinor - regainedMinor },
    ],
  });
  const settled = await tx
    .updateTable('chargebacks')
    .set({
      settled_minor: settledMinor,
      regained_minor: chargeback.regained_minor + regainedMinor,
      updated_at: now,
    })
    .where('id', '=', chargeback.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (transferMinor > 0) await promiseTransfer(tx, chargeback.id, transferMinor);
  if (regainedMinor > 0) await allocateWithdrawals(ctx, tx, payment.contractor_id, payment.currency);
  return settled;
}
