import { createHash } from 'node:crypto';

// Crockford's digits: no I, L, O or U, which are misread and misheard.
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 16;

/** The number of the receipt for this payment: always the same, and short enough to be read out. 80 bits of a hash. */
export function receiptNumber(paymentId: string): string {
  const hash = createHash('sha256').update(paymentId).digest();
  const text = Array.from({ length }, (_, index) => digits[hash[index]! % digits.length]).join('');
  return `R-${text.match(/.{4}/g)!.join('-')}`;
}
