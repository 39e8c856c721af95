import { setTimeout as wait } from 'node:timers/promises';
import type { Ctx } from '../context.ts';
import { adminLogChecks } from './admin-log-checks.ts';

import type { Check, Finding, StripeCheck, Suspect } from './findings.ts';
import { ledgerChecks } from './ledger-checks.ts';
import { onOwnConnection } from './own-connection.ts';
import type { Pass } from './pass.ts';
import { stripeChecks } from './stripe-checks.ts';

export type CheckResult = {
  name: string;
  findings: Finding[];
  /** Why it could not be completed: then no findings say nothing. null when it was. */
  incomplete: string | null;
  /** What could not be read and need not be: closed accounts that nothing of ours is on. */
  notRead: Finding[];
};

export type AuditOptions = {
  /** Only what is newer and what is not final; left out: everything. The admins' log is checked as a whole only. */
  since?: Date | null;
  /** Before each repetition of a reading that failed in passing. */
  retryDelaysMs?: readonly number[];
};

const looks = 3;
const defaultRetryDelaysMs = [500, 2_000, 8_000];

/**
 * Checks every invariant of the money on a live database and against Stripe. Reading both takes a while in which money
 * moves on, so what looks wrong is looked at again after `patienceMs`; a finding is what is wrong, in the same way,
 * every time. Changes nothing, and does not throw for what cannot be read: it says so.
 */
export function audit(ctx: Ctx, patienceMs: number, options: AuditOptions = {}): Promise<CheckResult[]> {
  const since = options.since ?? null;
  return onOwnConnection(ctx, async (own) => {
    const results: CheckResult[] = [];
    const pass: Pass = {
      ctx: own,
      since,
      unreadable: new Set(),
      notRead: [],
      retryDelaysMs: options.retryDelaysMs ?? defaultRetryDelaysMs,
    };
    for (const check of [...ledgerChecks, ...(since === null ? adminLogChecks : [])])
      results.push(await complete(own, check.name, () => ofDatabase(own, check, patienceMs)));
    for (const check of stripeChecks) {
      const result = await complete(own, check.name, () => ofStripe(pass, check, patienceMs));
      results.push({ ...result, notRead: pass.notRead.splice(0) });
      // Stripe has had its time: the other checks are tried, but do not all wait for it as long again.
      if (result.incomplete !== null) pass.retryDelaysMs = pass.retryDelaysMs.slice(0, 1);
    }
    return results;
  });
}

async function complete(ctx: Ctx, name: string, run: () => Promise<Finding[]>): Promise<CheckResult> {
  try {
    return { name, findings: await run(), incomplete: null, notRead: [] };
  } catch (error) {
    ctx.log.warn({ err: error, check: name }, 'a check could not be completed');
    return { name, findings: [], incomplete: reasonOf(error), notRead: [] };
  }
}

/** What may be shown to an admin: a code, never a message that quotes values. */
function reasonOf(error: unknown): string {
  const { code, type } = (error ?? {}) as { code?: unknown; type?: unknown };
  const known = [code, type].find((one) => typeof one === 'string');
  return typeof known === 'string' ? known : error instanceof Error ? error.constructor.name : 'unknown';
}

async function ofDatabase(ctx: Ctx, check: Check, patienceMs: number): Promise<Finding[]> {
  let findings = await check.run(ctx);
  for (let look = 1; look < looks && findings.length > 0; look += 1) {
    await wait(patienceMs);
    const again = new Set((await check.run(ctx)).map(identify));
    findings = findings.filter((finding) => again.has(identify(finding)));
  }
  return findings;
}

async function ofStripe(pass: Pass, check: StripeCheck, patienceMs: number): Promise<Finding[]> {
  let suspects = await check.run(pass);
  for (let look = 1; look < looks && suspects.length > 0; look += 1) {
    await wait(patienceMs);
    const still: Suspect[] = [];
    for (const suspect of suspects) {
      const finding = await suspect.again();
      if (finding !== undefined && identify(finding) === identify(suspect.finding)) still.push(suspect);
    }
    suspects = still;
  }
  return suspects.map(({ finding }) => finding);
}

const identify = (finding: Finding) => `${finding.subject}\n${finding.detail}`;

/** Whether everything could be looked at and nothing is wrong. */
export const isClean = (results: CheckResult[]): boolean =>
  results.every(({ findings, incomplete }) => findings.length === 0 && incomplete === null);

/** The results as a table for a terminal. */
export function auditTable(results: CheckResult[]): string {
  const word = ({ findings, incomplete }: CheckResult) =>
    findings.length > 0 ? 'FAIL' : incomplete === null ? 'ok  ' : '????';
  return results
    .flatMap((result) => [
      `  ${word(result)}  ${result.name}`,
      ...result.findings.map(({ subject, detail }) => `          ${subject}: ${detail}`),
      ...(result.incomplete === null ? [] : [`          could not be completed: ${result.incomplete}`]),
      ...result.notRead.map(({ subject, detail }) => `        - ${subject}: ${detail}`),
    ])
    .join('\n');
}
