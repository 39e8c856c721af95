import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { PaymentRow } from '../db/tables/payments.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { type LedgerLine, post } from '../ledger/ledger.ts';
import {
  allocateWithdrawals,
  countReturned,
  restateReturned,
  supersedeRefunds,
  takeBack,
} from '../payments/payments.ts';
import { giveBack } from './give-back.ts';

/**
 * The bank has given the money to the customer for good. It comes out of escrow or, after release, out of the shares of
 * contractor and platform; where a refund was owed as well the customer has it now; what nobody's share covers is the
 * platform's loss. Answers whether all of the payment has gone back.
 */
export async function loseMoney(
  ctx: Ctx,
  tx: Tx,
  chargeback: ChargebackRow,
  payment: PaymentRow,
  lostMinor: number,
): Promise<boolean> {
  const sharedMinor = Math.min(lostMinor, payment.amount_minor - payment.refunded_minor);
  const shares = await countReturned(ctx, tx, payment, sharedMinor);
  await tx
    .updateTable('chargebacks')
    .set({ contractor_lost_minor: shares.contractorMinor })
    .where('id', '=', chargeback.id)
    .execute();
  const owedMinor = await supersedeRefunds(ctx, tx, payment.id, lostMinor - sharedMinor);
  const paymentId = payment.id;
  const lines: LedgerLine[] =
    payment.released_at === null
      ? [{ account: 'escrow', paymentId, debitMinor: sharedMinor }]
      : [
          { account: 'commission', paymentId, debitMinor: shares.commissionMinor },
          ...(await contractorLines(ctx, tx, chargeback, payment, shares.contractorMinor)),
        ];
  await post(tx, ctx.clock.now(), {
    cause: `chargeback-lost:${chargeback.id}`,
    paymentId,
    currency: payment.currency,
    lines: [
      ...lines,
      { account: 'refund_payable', paymentId, debitMinor: owedMinor },
      { account: 'losses', paymentId, debitMinor: lostMinor - sharedMinor - owedMinor },
      { account: 'chargebacks', paymentId, creditMinor: lostMinor },
    ],
  });
  // Taken from them more than was lost: the rest is theirs again.
  if (chargeback.taken_minor > shares.contractorMinor)
    await giveBack(ctx, tx, chargeback, payment, chargeback.taken_minor - shares.contractorMinor);
  await restateReturned(ctx, tx, paymentId);
  await allocateWithdrawals(ctx, tx, payment.contractor_id, payment.currency);
  return shares.payment.refunded_minor === payment.amount_minor;
}

/** The contractor's share: what was kept apart at first, and what is missing in it from them now. */
async function contractorLines(
  ctx: Ctx,
  tx: Tx,
  chargeback: ChargebackRow,
  payment: PaymentRow,
  amountMinor: number,
): Promise<LedgerLine[]> {
  const keptMinor = Math.min(chargeback.taken_minor, amountMinor);
  const missing = await takeBack(ctx, tx, payment, amountMinor - keptMinor);
  return [
    {
      account: 'chargeback_reserve',
      userId: payment.contractor_id,
      paymentId: payment.id,
      debitMinor: keptMinor,
    },
    ...missing.lines,
  ];
}
