import { findAccount, refreshAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { ConnectedAccountRow, PaymentRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { tellSides } from '../notifications/notifications.ts';
import {
  prepareCall,
  type Sender,
  StripeCallFailed,
  sendCall,
  wasSent,
} from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { outstandingDebt } from './debt.ts';
import { openFreezes } from './freezes.ts';
import { lockPayment, lockPaymentWithAccount } from './lock.ts';
import { markReleased } from './released.ts';

/**
 * Outbox task: transfers the contractor's part of a payment whose release was requested, less what they owe. Running it
 * again, or twice at once, has one effect. Waits visibly while the payment is frozen or the account cannot take transfers.
 */
export async function release(ctx: Ctx, { paymentId }: { paymentId: string }): Promise<void> {
  const prepared = await prepareTransfer(ctx, paymentId);
  if (prepared === 'waits') return;
  if (prepared === 'all-set-off') return markReleased(ctx, paymentId, undefined);
  try {
    const transfer = await sendCall(ctx, `release:${paymentId}`, transferSender(ctx));
    await markReleased(ctx, paymentId, transfer);
  } catch (error) {
    if (error instanceof StripeCallFailed && error.failure.kind === 'refused')
      await afterRefusal(ctx, paymentId);
    throw error;
  }
}

type Prepared = 'waits' | 'all-set-off' | 'transfer';

/** Stores the transfer's parameters and, with them, how much of the contractor's part pays their debt. */
function prepareTransfer(ctx: Ctx, paymentId: string): Promise<Prepared> {
  return inTransaction(ctx.db, async (tx) => {
    const payment = await lockPaymentWithAccount(tx, paymentId);
    if (payment.status !== 'held' || payment.release_requested_at === null) return 'waits';
    // A transfer that Stripe may have made already must be found out about, whatever has happened since.
    if (await wasSent(tx, `release:${paymentId}`)) return 'transfer';
    const account = await findAccount(tx, payment.contractor_id);
    if (await waits(ctx, tx, payment, account)) return 'waits';
    const setOffMinor = await setOff(tx, payment);
    if (setOffMinor === payment.contractor_minor) return 'all-set-off';
    await prepareCall(tx, ctx.clock.now(), {
      id: `release:${paymentId}`,
      params: {
        amount: payment.contractor_minor - setOffMinor,
        currency: payment.currency,
        destination: account!.stripe_account_id,
        // The money may still be settling; tied to its charge the transfer is accepted all the same.
        source_transaction: payment.stripe_charge_id,
        metadata: { payment_id: paymentId, booking_id: payment.booking_id },
      },
    });
    return 'transfer';
  });
}

async function waits(
  ctx: Ctx,
  tx: Tx,
  payment: PaymentRow,
  account: ConnectedAccountRow | undefined,
): Promise<boolean> {
  const isFrozen = (await openFreezes(tx, [payment.id])).length > 0;
  const isAble = account?.transfers_active === true;
  const waitsFor = isFrozen ? 'freeze' : isAble ? null : 'contractor_onboarding';
  if (waitsFor === payment.release_waits_for) return waitsFor !== null;
  await tx
    .updateTable('payments')
    .set({ release_waits_for: waitsFor, updated_at: ctx.clock.now() })
    .where('id', '=', payment.id)
    .execute();
  if (waitsFor === 'contractor_onboarding') await askForOnboarding(ctx, tx, payment);
  return waitsFor !== null;
}

/** Once for each payment: the money is there, and nobody but the contractor can let it come. */
const askForOnboarding = (ctx: Ctx, tx: Tx, payment: PaymentRow): Promise<void> =>
  tellSides(ctx, tx, {
    bookingId: payment.booking_id,
    type: 'payout.onboarding',
    to: ['contractor'],
    about: payment.id,
    data: { paymentId: payment.id, amountMinor: payment.contractor_minor },
  });

/** How much of the payment goes to the contractor's debt: reserved with the payment until the release is booked. */
async function setOff(tx: Tx, payment: PaymentRow): Promise<number> {
  await tx.updateTable('payments').set({ set_off_minor: null }).where('id', '=', payment.id).execute();
  const debtMinor = await outstandingDebt(tx, payment.contractor_id, payment.currency);
  const setOffMinor = Math.min(debtMinor, payment.contractor_minor);
  await tx.updateTable('payments').set({ set_off_minor: setOffMinor }).where('id', '=', payment.id).execute();
  return setOffMinor;
}

/**
 * A refused transfer is most often an account that lost its capability: look, so that the next try waits for it. What
 * was set aside for a debt is free again.
 */
async function afterRefusal(ctx: Ctx, paymentId: string): Promise<void> {
  const contractorId = await inTransaction(ctx.db, async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (payment.status === 'held')
      await tx.updateTable('payments').set({ set_off_minor: null }).where('id', '=', paymentId).execute();
    return payment.contractor_id;
  });
  const account = await findAccount(ctx.db, contractorId);
  if (account?.stripe_account_id != null) await refreshAccount(ctx, account.stripe_account_id);
}

export const transferSender = (ctx: Ctx): Sender<Stripe.Transfer> => ({
  send: (params, options) =>
    ctx.stripe.transfers.create(params as unknown as Stripe.TransferCreateParams, options),
  retrieve: (id) => ctx.stripe.transfers.retrieve(id),
  find: async (params) => {
    const paymentId = (params.metadata as { payment_id: string }).payment_id;
    // The group of the charge, which the transfer has from it.
    for await (const transfer of ctx.stripe.transfers.list({ transfer_group: paymentId, limit: 100 }))
      if (transfer.metadata.payment_id === paymentId && transfer.metadata.chargeback_id === undefined)
        return transfer;
    return undefined;
  },
});
