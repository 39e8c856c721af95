import { z } from 'zod';

/**
 * Currencies Holdfast takes, with the number of decimals of the minor unit.
 * Exponents follow ISO 4217 as Stripe applies it: jpy 1 = 1 yen, kwd 1000 = 1 dinar.
 */
export const currencyExponents = {
  aed: 2,
  aud: 2,
  bhd: 3,
  brl: 2,
  cad: 2,
  chf: 2,
  clp: 0,
  czk: 2,
  dkk: 2,
  eur: 2,
  gbp: 2,
  hkd: 2,
  huf: 2,
  inr: 2,
  jod: 3,
  jpy: 0,
  krw: 0,
  kwd: 3,
  mxn: 2,
  myr: 2,
  nok: 2,
  nzd: 2,
  omr: 3,
  pln: 2,
  ron: 2,
  sek: 2,
  sgd: 2,
  thb: 2,
  tnd: 3,
  twd: 2,
  usd: 2,
  vnd: 0,
} as const;

export type Currency = keyof typeof currencyExponents;
export const currencies = Object.keys(currencyExponents) as [Currency, ...Currency[]];

/**
 * The smallest charge, in minor units. Stripe's documented minimum where it has one; elsewhere
 * a cautious equivalent of half a US dollar, so that no job is posted that cannot be paid.
 */
export const minimumChargeMinor: Record<Currency, number> = {
  aed: 200,
  aud: 50,
  bhd: 200,
  brl: 50,
  cad: 50,
  chf: 50,
  clp: 500,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  inr: 50,
  jod: 400,
  jpy: 50,
  krw: 700,
  kwd: 200,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  omr: 200,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1000,
  tnd: 2000,
  twd: 2000,
  usd: 50,
  vnd: 13000,
};

/** Stripe takes eight digits at most for most currencies. */
export const maximumChargeMinor = 99_999_999;

export const CurrencyCode = z
  .enum(currencies)
  .meta({ description: 'ISO 4217, lower case', examples: ['eur'] });

/** Any amount: integer minor units and a currency. 12.50 EUR is {amount: 1250, currency: "eur"}. */
export const Money = z
  .strictObject({ amount: z.int(), currency: CurrencyCode })
  .meta({ id: 'Money', examples: [{ amount: 12_500, currency: 'eur' }] });
export type Money = z.infer<typeof Money>;

/** An amount a customer can be asked to pay: within Stripe's limits and payable in its currency. */
export const Price = Money.superRefine((money, issues) => {
  const minimum = minimumChargeMinor[money.currency];
  if (money.amount < minimum)
    issues.addIssue({
      code: 'custom',
      path: ['amount'],
      message: `must be at least ${minimum} minor units of ${money.currency}`,
    });
  if (money.amount > maximumChargeMinor)
    issues.addIssue({ code: 'custom', path: ['amount'], message: `must be at most ${maximumChargeMinor}` });
  const step = amountStepMinor(money.currency);
  if (money.amount % step !== 0)
    issues.addIssue({
      code: 'custom',
      path: ['amount'],
      message: `must be a multiple of ${step} in ${money.currency}`,
    });
}).meta({ id: 'Price', examples: [{ amount: 12_500, currency: 'eur' }] });

/** Stripe takes three-decimal currencies in tens only, and pays huf and twd out in whole units. */
export function amountStepMinor(currency: Currency): number {
  if (currencyExponents[currency] === 3) return 10;
  return currency === 'huf' || currency === 'twd' ? 100 : 1;
}

/** Human-readable amount, e.g. "125.00 EUR" or "1250 JPY". For logs and demo lines, not for arithmetic. */
export function formatMoney(money: { amount: number; currency: Currency }): string {
  const exponent = currencyExponents[money.currency];
  const digits = String(Math.abs(money.amount)).padStart(exponent + 1, '0');
  const whole = exponent === 0 ? digits : digits.slice(0, -exponent);
  const fraction = exponent === 0 ? '' : `.${digits.slice(-exponent)}`;
  return `${money.amount < 0 ? '-' : ''}${whole}${fraction} ${money.currency.toUpperCase()}`;
}
