import { findAccount, refreshAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { post } from '../ledger/ledger.ts';
import { prepareCall, type Sender, StripeCallFailed, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { lockPayment } from './lock.ts';

/**
 * Outbox task: transfers the contractor's part of a payment whose release was requested. Running it again, or twice
 * at once, has one effect. Waits visibly while the contractor's account cannot take transfers.
 */
export async function release(ctx: Ctx, { paymentId }: { paymentId: string }): Promise<void> {
  if (!(await prepareTransfer(ctx, paymentId))) return;
  try {
    const transfer = await sendCall(ctx, `release:${paymentId}`, transferSender(ctx));
    await markReleased(ctx, paymentId, transfer);
  } catch (error) {
    if (error instanceof StripeCallFailed && error.failure.kind === 'refused')
      await waitIfUnable(ctx, paymentId);
    throw error;
  }
}

/** Stores the transfer's parameters; false if there is nothing to send now. */
function prepareTransfer(ctx: Ctx, paymentId: string): Promise<boolean> {
  return inTransaction(ctx.db, async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (payment.status !== 'held' || payment.release_requested_at === null) return false;
    const account = await findAccount(tx, payment.contractor_id);
    const isAble = account?.transfers_active === true;
    if (isAble !== (payment.release_waits_for === null)) {
      await tx
        .updateTable('payments')
        .set({ release_waits_for: isAble ? null : 'contractor_onboarding', updated_at: ctx.clock.now() })
        .where('id', '=', paymentId)
        .execute();
    }
    if (!isAble) return false;
    await prepareCall(tx, ctx.clock.now(), {
      id: `release:${paymentId}`,
      params: {
        amount: payment.amount_minor - payment.commission_minor,
        currency: payment.currency,
        destination: account.stripe_account_id,
        // The money may still be settling; tied to its charge the transfer is accepted all the same.
        source_transaction: payment.stripe_charge_id,
        metadata: { payment_id: paymentId, booking_id: payment.booking_id },
      },
    });
    return true;
  });
}

/** held → released, once, with its ledger entry. */
export function markReleased(ctx: Ctx, paymentId: string, transfer: Stripe.Transfer): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (payment.status !== 'held') return;
    const now = ctx.clock.now();
    await tx
      .updateTable('payments')
      .set({
        status: 'released',
        stripe_transfer_id: transfer.id,
        release_waits_for: null,
        released_at: now,
        updated_at: now,
      })
      .where('id', '=', paymentId)
      .execute();
    const netMinor = payment.amount_minor - payment.commission_minor;
    const contractor = { userId: payment.contractor_id, paymentId };
    await post(tx, now, {
      cause: `release:${paymentId}`,
      paymentId,
      currency: payment.currency,
      lines: [
        { account: 'escrow', paymentId, debitMinor: payment.amount_minor },
        { account: 'commission', paymentId, creditMinor: payment.commission_minor },
        { account: 'contractor_balance', ...contractor, creditMinor: netMinor },
        { account: 'connected_stripe', ...contractor, debitMinor: netMinor },
        { account: 'platform_stripe', paymentId, creditMinor: netMinor },
      ],
    });
  });
}

/** A refused transfer is most often an account that lost its capability: look, so that the next try waits for it. */
async function waitIfUnable(ctx: Ctx, paymentId: string): Promise<void> {
  const account = await ctx.db
    .selectFrom('payments')
    .innerJoin('connected_accounts', 'connected_accounts.user_id', 'payments.contractor_id')
    .select('stripe_account_id')
    .where('payments.id', '=', paymentId)
    .executeTakeFirst();
  if (account?.stripe_account_id) await refreshAccount(ctx, account.stripe_account_id);
}

export const transferSender = (ctx: Ctx): Sender<Stripe.Transfer> => ({
  send: (params, options) =>
    ctx.stripe.transfers.create(params as unknown as Stripe.TransferCreateParams, options),
  retrieve: (id) => ctx.stripe.transfers.retrieve(id),
  find: async (params) => {
    const paymentId = (params.metadata as { payment_id: string }).payment_id;
    // The group of the charge, which the transfer has from it.
    for await (const transfer of ctx.stripe.transfers.list({ transfer_group: paymentId, limit: 100 }))
      if (transfer.metadata.payment_id === paymentId) return transfer;
    return undefined;
  },
});
