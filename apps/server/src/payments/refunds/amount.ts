import { amountStepMinor, type Currency, currencyExponents, formatMoney } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import type { PaymentRow } from '../../db/tables/payments.ts';
import { conflict, invalidField } from '../../errors.ts';

/**
 * What is to be refunded of this payment, minor units: the wish, or all that is left. What stays must be payable to the
 * contractor, so the wish is in steps of the currency. Errors: conflict if nothing is left, validation_failed.
 */
export function refundableMinor(payment: PaymentRow, wishMinor: number | undefined): number {
  const leftMinor = payment.amount_minor - payment.refunded_minor;
  if (leftMinor === 0) throw conflict('All of this payment has been refunded or is being refunded already.');
  const amountMinor = wishMinor ?? leftMinor;
  if (amountMinor > leftMinor)
    throw invalidField(
      'body.amount',
      `must be at most what is left, ${formatMoney({ amount: leftMinor, currency: payment.currency })}`,
    );
  const step = amountStepMinor(payment.currency);
  if (amountMinor < leftMinor && amountMinor % step !== 0)
    throw invalidField('body.amount', `must be a multiple of ${step} in ${payment.currency}`);
  return amountMinor;
}

/** Above this, minor units, a refund by an admin needs a second one: the setting is in whole units of the currency. */
export const approvalAboveMinor = (ctx: Ctx, currency: Currency): number =>
  ctx.config.refundApprovalAbove * 10 ** currencyExponents[currency];
