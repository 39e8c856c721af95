const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const firstDelaysMs = [5 * second, minute, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour];
const furtherDelayMs = 12 * hour;
const giveUpAfterMs = 72 * hour;

/** When to try again after `failures` failures, or nothing when three days have passed. */
export function nextAttemptMs(failures: number, firstAttemptMs: number, nowMs: number): number | undefined {
  const next = nowMs + (firstDelaysMs[failures - 1] ?? furtherDelayMs);
  return next - firstAttemptMs > giveUpAfterMs ? undefined : next;
}
