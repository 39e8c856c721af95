import type { Chance } from '../chance.ts';

export type Price = { amount: number; currency: 'eur' | 'usd' | 'jpy' | 'huf' };

/** Odd amounts, so that commissions have to be rounded, in currencies with and without decimals. */
export function anyPrice(chance: Chance): Price {
  const currency = chance.pick(['eur', 'eur', 'usd', 'jpy', 'huf'] as const);
  const amount = chance.between(2_001, 90_005);
  return { amount: currency === 'huf' ? amount * 100 : amount, currency };
}
