import { hourMs, minuteMs } from '../clock.ts';
import type { RateLimit } from '../rate-limits.ts';

export const opensPerAccount: RateLimit = { name: 'room-open', maximum: 100, windowMs: hourMs };
export const readsPerAccount: RateLimit = { name: 'chat-read', maximum: 1200, windowMs: 10 * minuteMs };
export const searchesPerAccount: RateLimit = { name: 'chat-search', maximum: 60, windowMs: minuteMs };
export const changesPerAccount: RateLimit = { name: 'chat-change', maximum: 300, windowMs: 10 * minuteMs };
export const reportsPerAccount: RateLimit = { name: 'report', maximum: 20, windowMs: hourMs };
