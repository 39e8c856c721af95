import type { Clock } from '../src/clock.ts';

export type ManualClock = Clock & { advance(durationMs: number): void; set(date: Date): void };

/** A clock that only moves when the test says so. Starts at a fixed moment in the future of any certificate or token. */
export function manualClock(start = new Date('2027-03-01T09:00:00.000Z')): ManualClock {
  let now = start;
  return {
    now: () => new Date(now),
    advance: (durationMs) => {
      now = new Date(now.getTime() + durationMs);
    },
    set: (date) => {
      now = date;
    },
  };
}
