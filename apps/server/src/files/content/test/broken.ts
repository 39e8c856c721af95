/** The same numbers for the same seed (mulberry32), from 0 to below 1. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The bytes with something wrong: the end missing, bits turned over, a piece removed, doubled, or filled. */
export function damaged(bytes: Buffer, next: () => number): Buffer {
  const at = () => Math.floor(next() * bytes.length);
  const [from, to] = [at(), at()].toSorted((a, b) => a - b) as [number, number];
  const copy = Buffer.from(bytes);
  switch (Math.floor(next() * 6)) {
    case 0:
      return copy.subarray(0, from);
    case 1:
      return Buffer.concat([copy.subarray(0, from), copy.subarray(to)]);
    case 2:
      return Buffer.concat([copy.subarray(0, to), copy.subarray(from)]);
    case 3:
      return copy.fill(next() < 0.5 ? 0 : 255, from, Math.min(to, from + 16));
    default:
      // Most of what decoders decide by is in the head.
      for (let count = 0; count <= next() * 8; count += 1) {
        const place = next() < 0.5 ? at() : Math.floor(next() * Math.min(400, bytes.length));
        copy[place]! ^= 1 << Math.floor(next() * 8);
      }
      return copy;
  }
}
