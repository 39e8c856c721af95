import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 22;
// Asking for random bytes costs the same for one as for thousands.
const pool = Buffer.alloc(4096);
let used = pool.length;

/** A new identifier: prefix, underscore, 22 random base-62 characters (131 bits). */
export function newId<P extends string>(prefix: P): `${P}_${string}` {
  let id = '';
  while (id.length < length) {
    const byte = nextByte();
    // 248 = 4 × 62: larger bytes would favour the first letters
    if (byte < 248) id += alphabet[byte % 62];
  }
  return `${prefix}_${id}`;
}

/** Each is used once. */
function nextByte(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const byte = pool[used]!;
  used += 1;
  return byte;
}
