import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { post } from '../ledger/ledger.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { outstandingDebt } from '../payments/payments.ts';

/**
 * The bank has decided for us: what was taken from the contractor is theirs again. First it settles what they owe, which
 * most often is this very chargeback; the rest is transferred to them by the outbox.
 */
export async function giveBack(
  ctx: Ctx,
  tx: Tx,
  chargeback: ChargebackRow,
  payment: PaymentRow,
  amountMinor = chargeback.taken_minor,
): Promise<void> {
  if (amountMinor === 0) return;
  const debtMinor = await outstandingDebt(tx, payment.contractor_id, payment.currency);
  const settledMinor = Math.min(debtMinor, amountMinor);
  const owner = { userId: payment.contractor_id, paymentId: payment.id };
  if (settledMinor > 0)
    await post(tx, ctx.clock.now(), {
      cause: `chargeback-settled:${chargeback.id}`,
      paymentId: payment.id,
      currency: payment.currency,
      lines: [
        { account: 'chargeback_reserve', ...owner, debitMinor: settledMinor },
        { account: 'contractor_debt', ...owner, creditMinor: settledMinor },
      ],
    });
  await promiseTransfer(tx, chargeback.id, amountMinor - settledMinor);
}

/** What is kept apart for the contractor goes to them by the outbox; of each chargeback once. */
export async function promiseTransfer(tx: Tx, chargebackId: string, amountMinor: number): Promise<void> {
  await tx
    .updateTable('chargebacks')
    .set({ restore_minor: amountMinor })
    .where('id', '=', chargebackId)
    .execute();
  if (amountMinor > 0)
    await enqueue(tx, 'chargebacks.restore', { chargebackId }, { key: `restore:${chargebackId}` });
}
