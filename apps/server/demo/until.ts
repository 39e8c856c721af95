import { setTimeout as wait } from 'node:timers/promises';

const limitMs = 30_000;
const pauseMs = 40;

/** Looks until the answer is there; what happens behind the API is not instant. Gives up after half a minute. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const start = performance.now();
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() - start > limitMs) throw new Error(`waited in vain: ${what}`);
    await wait(pauseMs);
  }
}
