import { hourMs, minuteMs } from '../clock.ts';
import type { RateLimit } from '../rate-limits.ts';

export const readsPerAdmin: RateLimit = { name: 'admin-read', maximum: 600, windowMs: 10 * minuteMs };
export const actionsPerAdmin: RateLimit = { name: 'admin-action', maximum: 300, windowMs: hourMs };
/** Reads a whole table each time. */
export const heavyReadsPerAdmin: RateLimit = {
  name: 'admin-heavy-read',
  maximum: 60,
  windowMs: 10 * minuteMs,
};
