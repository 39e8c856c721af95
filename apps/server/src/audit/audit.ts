import { setTimeout as wait } from 'node:timers/promises';
import type { Ctx } from '../context.ts';
import { adminLogChecks } from './admin-log-checks.ts';
import type { Finding } from './findings.ts';
import { ledgerChecks } from './ledger-checks.ts';
import { stripeChecks } from './stripe-checks.ts';

export type CheckResult = { name: string; findings: Finding[] };

const looks = 3;

/**
 * Checks every invariant of the money on a live database and against Stripe. Reading both takes a while in which money
 * moves on, so what looks wrong is looked at again after `patienceMs`; a finding is what is wrong every time.
 */
export async function audit(ctx: Ctx, patienceMs: number): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of [...ledgerChecks, ...adminLogChecks, ...stripeChecks]) {
    let findings = await check.run(ctx);
    for (let look = 1; look < looks && findings.length > 0; look += 1) {
      await wait(patienceMs);
      const again = new Set((await check.run(ctx)).map(identify));
      findings = findings.filter((finding) => again.has(identify(finding)));
    }
    results.push({ name: check.name, findings });
  }
  return results;
}

const identify = (finding: Finding) => `${finding.subject}\n${finding.detail}`;

/** The results as a table for a terminal. */
export function auditTable(results: CheckResult[]): string {
  return results
    .flatMap(({ name, findings }) => [
      `  ${findings.length === 0 ? 'ok  ' : 'FAIL'}  ${name}`,
      ...findings.map((finding) => `          ${finding.subject}: ${finding.detail}`),
    ])
    .join('\n');
}
