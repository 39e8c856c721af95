import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 22;

/** A new identifier: prefix, underscore, 22 random base-62 characters (131 bits). */
export function newId<P extends string>(prefix: P): `${P}_${string}` {
  let id = '';
  while (id.length < length) {
    for (const byte of randomBytes(32)) {
      // 248 = 4 × 62: larger bytes would favour the first letters
      if (byte < 248 && id.length < length) id += alphabet[byte % 62];
    }
  }
  return `${prefix}_${id}`;
}
