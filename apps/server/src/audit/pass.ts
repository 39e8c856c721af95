import type { Ctx } from '../context.ts';
import type { Finding } from './findings.ts';

/** One run of all checks against Stripe. */
export type Pass = {
  /** Its `db` is one connection, which holds the temporary table `audit_seen`. */
  ctx: Ctx;
  /** Only what was made or changed since, and what is not final; null: everything there ever was. */
  since: Date | null;
  /** Connected accounts that Stripe does not let us read any more: closed, or no longer of this platform. */
  unreadable: Set<string>;
  /** Of those, the ones that nothing of ours is on: worth telling, not wrong. */
  notRead: Finding[];
  /** How long to wait before each repetition of a reading that failed in passing. */
  retryDelaysMs: readonly number[];
};

/** Stripe's filter for lists of what was created in this pass. */
export const createdIn = (pass: Pass): { created?: { gte: number } } =>
  pass.since === null ? {} : { created: { gte: Math.floor(pass.since.getTime() / 1000) } };
