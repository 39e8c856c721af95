import type { Currency, Money } from '@holdfast/contract';
import { invalidField } from '../../errors.ts';

/** Refuses a price in another currency than the job's budget: the two could not be compared. */
export function requireCurrency(price: Money, currency: Currency, path: string): void {
  if (price.currency !== currency) throw invalidField(path, `must be ${currency}, the currency of the job`);
}
