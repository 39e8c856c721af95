import { amountStepMinor, type Currency } from '@holdfast/contract';

/**
 * The platform's share in minor units: rounded half up to the smallest step in which the currency can be paid out,
 * so that the contractor's part is always an amount that Stripe can move. amount = commission + contractor's part.
 */
export function commissionOf(amountMinor: number, basisPoints: number, currency: Currency): number {
  const step = amountStepMinor(currency);
  const divisor = 10_000 * step;
  // amountMinor has at most eight digits and basisPoints four: the product is exact.
  return Math.floor((amountMinor * basisPoints + divisor / 2) / divisor) * step;
}
