import { findAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { inTransaction } from '../db/transaction.ts';
import { post } from '../ledger/ledger.ts';
import { lockPaymentWithAccount } from '../payments/payments.ts';
import { prepareCall, type Sender, sendCall, wasSent } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';

/**
 * Outbox task: transfers to the contractor again what was taken from them for a chargeback that was won. Waits while their
 * account cannot take transfers; the sweep comes back to it.
 */
export async function restoreChargeback(ctx: Ctx, { chargebackId }: { chargebackId: string }): Promise<void> {
  if (!(await prepareTransfer(ctx, chargebackId))) return;
  await markRestored(ctx, chargebackId, await sendCall(ctx, `restore:${chargebackId}`, transferSender(ctx)));
}

function prepareTransfer(ctx: Ctx, chargebackId: string): Promise<boolean> {
  return inTransaction(ctx.db, async (tx) => {
    const chargeback = await tx
      .selectFrom('chargebacks')
      .selectAll()
      .where('id', '=', chargebackId)
      .executeTakeFirstOrThrow();
    if (!chargeback.restore_minor || chargeback.restored_at !== null) return false;
    if (await wasSent(tx, `restore:${chargebackId}`)) return true;
    const payment = await lockPaymentWithAccount(tx, chargeback.payment_id);
    const account = await findAccount(tx, payment.contractor_id);
    if (account?.transfers_active !== true) return false;
    await prepareCall(tx, ctx.clock.now(), {
      id: `restore:${chargebackId}`,
      params: {
        amount: chargeback.restore_minor,
        currency: chargeback.currency,
        destination: account.stripe_account_id,
        // Not tied to the charge: its money is what the bank gave back, and that is in the balance.
        transfer_group: payment.id,
        metadata: { payment_id: payment.id, chargeback_id: chargebackId },
      },
    });
    return true;
  });
}

function markRestored(ctx: Ctx, chargebackId: string, transfer: Stripe.Transfer): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const { payment_id } = await tx
      .selectFrom('chargebacks')
      .select('payment_id')
      .where('id', '=', chargebackId)
      .executeTakeFirstOrThrow();
    const payment = await lockPaymentWithAccount(tx, payment_id);
    const now = ctx.clock.now();
    const restored: ChargebackRow | undefined = await tx
      .updateTable('chargebacks')
      .set({ stripe_restore_id: transfer.id, restored_at: now, updated_at: now })
      .where('id', '=', chargebackId)
      .where('restored_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (restored === undefined) return;
    const amountMinor = restored.restore_minor!;
    const owner = { userId: payment.contractor_id, paymentId: payment.id };
    await post(tx, now, {
      cause: `chargeback-restored:${chargebackId}`,
      paymentId: payment.id,
      currency: payment.currency,
      lines: [
        { account: 'chargeback_reserve', ...owner, debitMinor: amountMinor },
        { account: 'contractor_balance', ...owner, creditMinor: amountMinor },
        { account: 'connected_stripe', ...owner, debitMinor: amountMinor },
        { account: 'platform_stripe', paymentId: payment.id, creditMinor: amountMinor },
      ],
    });
  });
}

const transferSender = (ctx: Ctx): Sender<Stripe.Transfer> => ({
  send: (params, options) =>
    ctx.stripe.transfers.create(params as unknown as Stripe.TransferCreateParams, options),
  retrieve: (id) => ctx.stripe.transfers.retrieve(id),
  find: async (params) => {
    const chargebackId = (params.metadata as { chargeback_id: string }).chargeback_id;
    for await (const transfer of ctx.stripe.transfers.list({
      transfer_group: params.transfer_group as string,
      limit: 100,
    }))
      if (transfer.metadata.chargeback_id === chargebackId) return transfer;
    return undefined;
  },
});
