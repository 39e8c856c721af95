import { invalidRequest } from '../http/errors.ts';
import { chargeStep, formatAmount, isCurrency, maximumAmount, minimumCharge } from './currencies.ts';

/** Lower-cases a currency code and refuses one that Stripe does not know. */
export function checkedCurrency(code: string, param = 'currency'): string {
  const currency = code.toLowerCase();
  if (!isCurrency(currency)) throw invalidRequest(`Invalid currency: ${currency}`, { param });
  return currency;
}

function refuseStep(amount: number, step: number, currency: string): void {
  if (amount % step === 0) return;
  const message = `Invalid amount: amounts in ${currency} must be divisible by ${step}.`;
  throw invalidRequest(message, { code: 'invalid_charge_amount', param: 'amount' });
}

/** Refuses what cannot be an amount of money: below one, too large, or with digits the currency lacks. */
export function checkAmount(amount: number, currency: string, step = chargeStep(currency)): void {
  if (amount < 1) {
    const message = 'This value must be greater than or equal to 1.';
    throw invalidRequest(message, { code: 'parameter_invalid_integer', param: 'amount' });
  }
  if (amount > maximumAmount) {
    const message = `Amount must be no more than ${formatAmount(maximumAmount, currency)}`;
    throw invalidRequest(message, { code: 'amount_too_large', param: 'amount' });
  }
  refuseStep(amount, step, currency);
}

/** As `checkAmount`, and not below the least charge of the currency. */
export function checkChargeAmount(amount: number, currency: string): void {
  const minimum = minimumCharge(currency);
  if (amount >= 0 && amount < minimum) {
    const message = `Amount must be at least ${formatAmount(minimum, currency)}`;
    throw invalidRequest(message, { code: 'amount_too_small', param: 'amount' });
  }
  checkAmount(amount, currency);
}
