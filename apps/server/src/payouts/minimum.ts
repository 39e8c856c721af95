import { type Currency, formatMoney } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';

/** The least that can be withdrawn at a time, in minor units; 0 where there is no least. */
export const minimumMinor = (ctx: Ctx, currency: Currency): number =>
  ctx.config.minimumWithdrawalMinor[currency] ?? 0;

export const belowMinimum = (ctx: Ctx, currency: Currency, amountMinor: number): AppError => {
  const minimum = formatMoney({ amount: minimumMinor(ctx, currency), currency });
  const amount = formatMoney({ amount: amountMinor, currency });
  return new AppError('below_minimum', `At least ${minimum} can be withdrawn at a time; this is ${amount}.`);
};
