import { type Currency, currencyExponents } from '@holdfast/contract';

/** The amount as an exact decimal number, e.g. -12.50; for tables and for formatting, never for arithmetic. */
export function decimalAmount(amountMinor: number, currency: Currency): `${number}` {
  const exponent = currencyExponents[currency];
  const digits = String(Math.abs(amountMinor)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = exponent === 0 ? '' : `.${digits.slice(-exponent)}`;
  return `${amountMinor < 0 ? '-' : ''}${whole}${fraction}` as `${number}`;
}

/** Writes amounts of a currency as somebody with this locale is used to, always with the currency's decimals. */
export function amountFormat(locale: string, currency: Currency): (amountMinor: number) => string {
  const exponent = currencyExponents[currency];
  const format = new Intl.NumberFormat([locale, 'en'], {
    style: 'currency',
    currency: currency.toUpperCase(),
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  return (amountMinor) => format.format(decimalAmount(amountMinor, currency));
}
