import { minuteMs } from '../clock.ts';
import type { RateLimit } from '../rate-limits.ts';

export const readsPerAccount: RateLimit = {
  name: 'notification-read',
  maximum: 1200,
  windowMs: 10 * minuteMs,
};
export const changesPerAccount: RateLimit = {
  name: 'notification-change',
  maximum: 600,
  windowMs: 10 * minuteMs,
};
export const preferencesPerAccount: RateLimit = {
  name: 'notification-preferences',
  maximum: 60,
  windowMs: 10 * minuteMs,
};
