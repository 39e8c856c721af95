import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { post } from '../ledger/ledger.ts';
import { tellSides } from '../notifications/notifications.ts';
import { announce } from '../outbox/announce.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { lockPaymentWithAccount } from './lock.ts';
import { allocateWithdrawals } from './withdrawn.ts';

/** held → released, with the transfer that was made; without one when all of it paid the contractor's debt. */
export function markReleased(
  ctx: Ctx,
  paymentId: string,
  transfer: Stripe.Transfer | undefined,
): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const payment = await lockPaymentWithAccount(tx, paymentId);
    if (payment.status !== 'held') return;
    const now = ctx.clock.now();
    const transferredMinor = transfer?.amount ?? 0;
    const setOffMinor = payment.contractor_minor - transferredMinor;
    await tx
      .updateTable('payments')
      .set({
        status: 'released',
        stripe_transfer_id: transfer?.id ?? null,
        transferred_minor: transferredMinor,
        set_off_minor: Math.max(0, setOffMinor),
        release_waits_for: null,
        released_at: now,
        updated_at: now,
      })
      .where('id', '=', paymentId)
      .execute();
    await book(tx, now, payment, { transferredMinor, setOffMinor });
    await followChargebacks(tx, paymentId);
    await announce(tx, payment.booking_id, 'payment.released');
    await tellSides(ctx, tx, {
      bookingId: payment.booking_id,
      type: 'payment.released',
      to: ['contractor'],
      data: { paymentId, amountMinor: payment.contractor_minor },
    });
    await allocateWithdrawals(ctx, tx, payment.contractor_id, payment.currency);
  });
}

/** What was not transferred settles a debt; what was transferred too much, because a bank was faster, becomes one. */
async function book(
  tx: Tx,
  now: Date,
  payment: PaymentRow,
  { transferredMinor, setOffMinor }: { transferredMinor: number; setOffMinor: number },
): Promise<void> {
  const paymentId = payment.id;
  const contractor = { userId: payment.contractor_id, paymentId };
  await post(tx, now, {
    cause: `release:${paymentId}`,
    paymentId,
    currency: payment.currency,
    lines: [
      { account: 'escrow', paymentId, debitMinor: payment.amount_minor - payment.refunded_minor },
      { account: 'commission', paymentId, creditMinor: payment.commission_minor },
      { account: 'contractor_balance', ...contractor, creditMinor: transferredMinor },
      { account: 'contractor_debt', ...contractor, creditMinor: setOffMinor },
      { account: 'connected_stripe', ...contractor, debitMinor: transferredMinor },
      { account: 'platform_stripe', paymentId, creditMinor: transferredMinor },
    ],
  });
}

/** A bank that questioned the payment while its release was under way has not taken the contractor's part yet. */
async function followChargebacks(tx: Tx, paymentId: string): Promise<void> {
  const open = await tx.selectFrom('chargebacks').select('id').where('payment_id', '=', paymentId).execute();
  for (const { id } of open)
    await enqueue(tx, 'chargebacks.follow', { chargebackId: id }, { key: `chargeback:${id}` });
}
