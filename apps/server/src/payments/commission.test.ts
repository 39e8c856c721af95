import { amountStepMinor, currencies, maximumChargeMinor, minimumChargeMinor } from '@holdfast/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commissionOf } from './commission.ts';

describe('commission', () => {
  for (const [amount, basisPoints, currency, commission] of [
    [10_000, 1000, 'eur', 1000],
    // Half a minor unit goes up, less than half goes down.
    [45, 1000, 'eur', 5],
    [44, 1000, 'eur', 4],
    [105, 1000, 'eur', 11],
    [50, 0, 'usd', 0],
    [50, 9000, 'usd', 45],
    [99_999_999, 9000, 'usd', 89_999_999],
    // Whole forints and Taiwan dollars only.
    [17_500, 1000, 'huf', 1800],
    [17_400, 1000, 'huf', 1700],
    [2000, 1250, 'twd', 300],
    // Tens only with three decimals; none with no decimals.
    [250, 1000, 'bhd', 30],
    [240, 1000, 'kwd', 20],
    [55, 1000, 'jpy', 6],
  ] as const)
    test(`of ${amount} ${currency} at ${basisPoints} basis points is ${commission}`, () => {
      expect(commissionOf(amount, basisPoints, currency)).toBe(commission);
    });

  const anyPrice = fc.constantFrom(...currencies).chain((currency) => {
    const step = amountStepMinor(currency);
    return fc
      .integer({
        min: Math.ceil(minimumChargeMinor[currency] / step),
        max: Math.floor(maximumChargeMinor / step),
      })
      .map((steps) => ({ currency, step, amount: steps * step }));
  });

  test('leaves the contractor a payable part and is off by at most half a step, at any price and rate', () => {
    fc.assert(
      fc.property(anyPrice, fc.integer({ min: 0, max: 9000 }), ({ currency, step, amount }, basisPoints) => {
        const commission = commissionOf(amount, basisPoints, currency);
        const contractorPart = amount - commission;
        expect(Number.isSafeInteger(commission)).toBe(true);
        expect(commission).toBeGreaterThanOrEqual(0);
        expect(contractorPart).toBeGreaterThan(0);
        expect(commission % step).toBe(0);
        expect(contractorPart % step).toBe(0);
        // Exactly, in integers: -step/2 < commission - share <= step/2.
        const doubleDistance = 2n * (BigInt(commission) * 10_000n - BigInt(amount) * BigInt(basisPoints));
        expect(doubleDistance > -10_000n * BigInt(step) && doubleDistance <= 10_000n * BigInt(step)).toBe(
          true,
        );
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
