import { type Currency, currencies, currencyExponents } from '@holdfast/contract';

/** Minor units by currency; a currency that is not in it has no minimum. */
export type Minimums = Partial<Record<Currency, number>>;

const form = /^([a-z]{3}):(\d{1,9})(?:\.(\d{1,3}))?$/;

/** Reads usd:10.00,jpy:1000. Undefined if a part is no amount of a currency we take, or a currency comes twice. */
export function readMinimums(parts: readonly string[]): Minimums | undefined {
  const minimums: Minimums = {};
  for (const part of parts) {
    const [, code, whole, fraction = ''] = form.exec(part) ?? [];
    const currency = currencies.find((one) => one === code);
    if (currency === undefined || minimums[currency] !== undefined) return undefined;
    const exponent = currencyExponents[currency];
    if (fraction.length > exponent) return undefined;
    minimums[currency] = Number(`${whole}${fraction.padEnd(exponent, '0')}`);
  }
  return minimums;
}
