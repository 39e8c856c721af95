import type { Currency, Money } from '@holdfast/contract';
import { AppError } from '../../errors.ts';

/** Refuses a price in another currency than the job's budget: the two could not be compared. */
export function requireCurrency(price: Money, currency: Currency, path: string): void {
  if (price.currency === currency) return;
  const message = `must be ${currency}, the currency of the job`;
  throw new AppError('validation_failed', `${path}: ${message}`, { fields: [{ path, message }] });
}
