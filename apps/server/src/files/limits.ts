import { minuteMs, secondMs } from '../clock.ts';
import type { RateLimit } from '../rate-limits.ts';

export const uploadsPerAccount: RateLimit = { name: 'upload', maximum: 120, windowMs: 10 * minuteMs };
export const piecesPerAccount: RateLimit = { name: 'upload-piece', maximum: 3000, windowMs: 10 * minuteMs };
export const changesPerAccount: RateLimit = { name: 'file-change', maximum: 300, windowMs: 10 * minuteMs };
export const listsPerAccount: RateLimit = { name: 'file-list', maximum: 600, windowMs: 10 * minuteMs };
export const readsPerAddress: RateLimit = { name: 'file-read', maximum: 6000, windowMs: 10 * minuteMs };

/** How long an upload may send nothing, how long it may take in all, and how many a process takes at a time. */
export type UploadLimits = { stallMs: number; totalMs: number; atOnce: number };
export const uploadLimits: UploadLimits = { stallMs: 20 * secondMs, totalMs: 15 * minuteMs, atOnce: 64 };
