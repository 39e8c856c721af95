import { describe, expect, test } from 'vitest';
import {
  amountStepMinor,
  currencies,
  currencyExponents,
  formatMoney,
  Money,
  maximumChargeMinor,
  minimumChargeMinor,
  Price,
} from './money.ts';

describe('money', () => {
  test('is an integer and a currency, never a float, a text or anything more', () => {
    expect(Money.safeParse({ amount: 1250, currency: 'eur' }).success).toBe(true);
    const wrong = [
      { amount: 12.5, currency: 'eur' },
      { amount: '1250', currency: 'eur' },
      { amount: Number.NaN, currency: 'eur' },
      { amount: Number.POSITIVE_INFINITY, currency: 'eur' },
      { amount: 2 ** 53, currency: 'eur' },
      { amount: 1250, currency: 'EUR' },
      { amount: 1250, currency: 'xau' },
      { amount: 1250, currency: 'eur', exponent: 2 },
      { amount: 1250 },
      null,
      1250,
    ];
    for (const value of wrong) expect(Money.safeParse(value).success, JSON.stringify(value)).toBe(false);
  });

  test('a price can be paid: within limits and in steps of its currency', () => {
    const price = (amount: number, currency: string) => Price.safeParse({ amount, currency }).success;
    for (const currency of currencies) {
      const step = amountStepMinor(currency);
      const minimum = minimumChargeMinor[currency];
      expect(minimum % step, `${currency}: the minimum itself can be paid`).toBe(0);
      expect(price(minimum, currency)).toBe(true);
      expect(price(minimum - step, currency)).toBe(false);
      expect(price(maximumChargeMinor - (maximumChargeMinor % step), currency)).toBe(true);
      expect(price(maximumChargeMinor + 1, currency)).toBe(false);
      if (step > 1) expect(price(minimum + 1, currency)).toBe(false);
    }
    expect(price(0, 'eur')).toBe(false);
    expect(price(-50, 'eur')).toBe(false);
  });

  test('the refusal of a price names the amount', () => {
    const issues = Price.safeParse({ amount: 7, currency: 'eur' }).error?.issues;
    expect(issues?.map((issue) => [issue.path.join('.'), issue.message])).toEqual([
      ['amount', 'must be at least 50 minor units of eur'],
    ]);
  });

  test('three-decimal currencies go in tens, huf and twd in whole units', () => {
    expect(currencies.filter((currency) => amountStepMinor(currency) === 10)).toEqual(
      currencies.filter((currency) => currencyExponents[currency] === 3),
    );
    expect(currencies.filter((currency) => amountStepMinor(currency) === 100)).toEqual(['huf', 'twd']);
  });

  test.each([
    [12_500, 'eur', '125.00 EUR'],
    [5, 'eur', '0.05 EUR'],
    [0, 'eur', '0.00 EUR'],
    [-5, 'eur', '-0.05 EUR'],
    [-12_345, 'usd', '-123.45 USD'],
    [1250, 'jpy', '1250 JPY'],
    [0, 'jpy', '0 JPY'],
    [1500, 'kwd', '1.500 KWD'],
    [7, 'kwd', '0.007 KWD'],
  ] as const)('%i %s reads %s', (amount, currency, text) => {
    expect(formatMoney({ amount, currency })).toBe(text);
  });
});
