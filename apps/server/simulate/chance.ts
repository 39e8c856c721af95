import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** Decisions that the seed alone determines. */
export type Chance = {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  between(minimum: number, maximum: number): number;
  pick<T>(items: readonly T[]): T;
  /** True in `percent` of a hundred cases. */
  happens(percent: number): boolean;
  /** One of them, each as often as its weight says. */
  weighted<T extends { weight: number }>(items: readonly T[]): T;
};

/** sfc32, begun with a hash of the seed: small, fast, and the same on every machine. */
function stream(seed: string): () => number {
  const digest = crypto.createHash('sha256').update(seed).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  return () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
}

export function chanceOf(seed: string): Chance {
  const next = stream(seed);
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    between: (minimum, maximum) => minimum + below(maximum - minimum + 1),
    pick: (items) => items[below(items.length)]!,
    happens: (percent) => below(100) < percent,
    weighted: (items) => {
      let left = below(items.reduce((sum, item) => sum + item.weight, 0));
      return items.find((item) => {
        left -= item.weight;
        return left < 0;
      })!;
    },
  };
}

export type TakenOver = {
  /** Begins the randomness anew; the same seed gives the same ids from here on. */
  seed(seed: string): void;
  giveBack(): void;
};

/** The computer's clock stands here while a simulation runs; only the sandbox's offset moves time. */
const standstill = Date.UTC(2027, 2, 1, 9);

/**
 * Makes everything in this process that would differ between two runs follow the seed: ids and keys, Math.random, and
 * the computer's clock under the sandbox's. Neither the server nor the sandbox has to know of it.
 */
export function takeOver(): TakenOver {
  const kept = {
    randomBytes: crypto.randomBytes,
    randomInt: crypto.randomInt,
    randomUUID: crypto.randomUUID,
    random: Math.random,
    now: Date.now,
  };
  let next = stream('');
  const bytes = (size: number) => Buffer.from(Uint8Array.from({ length: size }, () => next() & 255));
  const set = (functions: Partial<typeof kept>) => {
    const { random, now, ...rest } = functions;
    Object.assign(crypto, rest);
    if (random !== undefined) Math.random = random;
    if (now !== undefined) Date.now = now;
    syncBuiltinESMExports();
  };
  set({
    randomBytes: ((size: number, done?: (error: null, made: Buffer) => void) =>
      done === undefined ? bytes(size) : done(null, bytes(size))) as typeof crypto.randomBytes,
    randomInt: ((first: number, second?: number) =>
      second === undefined
        ? Math.floor((next() / 2 ** 32) * first)
        : first + Math.floor((next() / 2 ** 32) * (second - first))) as typeof crypto.randomInt,
    randomUUID: (() => {
      const hex = bytes(16).toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    }) as typeof crypto.randomUUID,
    random: () => next() / 2 ** 32,
    now: () => standstill,
  });
  return {
    seed: (seed) => {
      next = stream(`ids ${seed}`);
    },
    giveBack: () => set(kept),
  };
}
