import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { post } from '../ledger/ledger.ts';
import { sharesOf, takeBack } from '../payments/payments.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { withBankBy, withBankMinor } from './money.ts';

/**
 * Charges a contractor who has been paid already with their share of what the bank took: from their balance as far as
 * it goes, the rest is a debt. Kept apart until the bank has decided. The caller holds all locks; done once.
 */
export async function takeFromContractor(
  ctx: Ctx,
  tx: Tx,
  chargeback: ChargebackRow,
  payment: PaymentRow,
  dispute: Stripe.Dispute,
): Promise<ChargebackRow> {
  const isPaidOut = payment.status === 'released' || payment.status === 'withdrawn';
  if (!isPaidOut || chargeback.taken_minor > 0) return chargeback;
  const withBank = await withBankMinor(tx, payment.id);
  const contractorMinor =
    shareOf(payment, withBank) - shareOf(payment, Math.max(0, withBank - withBankBy(dispute)));
  if (contractorMinor <= 0) return chargeback;
  const { lines } = await takeBack(ctx, tx, payment, contractorMinor);
  await post(tx, ctx.clock.now(), {
    cause: `chargeback-taken:${chargeback.id}`,
    paymentId: payment.id,
    currency: payment.currency,
    lines: [
      ...lines,
      {
        account: 'chargeback_reserve',
        userId: payment.contractor_id,
        paymentId: payment.id,
        creditMinor: contractorMinor,
      },
    ],
  });
  return tx
    .updateTable('chargebacks')
    .set({ taken_minor: contractorMinor })
    .where('id', '=', chargeback.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The contractor's share of what is disputed, as far as it has not gone back already. */
const shareOf = (payment: PaymentRow, disputedMinor: number): number =>
  sharesOf(payment, Math.min(disputedMinor, payment.amount_minor - payment.refunded_minor)).contractorMinor;
