import { audit, auditTable, isClean } from './audit/audit.ts';
import { systemClock } from './clock.ts';
import { ConfigError, readProcessConfig } from './config.ts';
import { closeContext, createContext } from './context.ts';
import { joinRunningStack, NotRunning } from './local/stack.ts';
import { createLog } from './log.ts';

/*
 * npm run audit: checks the money's invariants on the live database and against Stripe (sandbox or real).
 * Exit code 1 on any difference, and when anything could not be read.
 */

const patienceMs = 2_000;

async function main(): Promise<void> {
  const config = await joinRunningStack(readProcessConfig());
  const ctx = createContext(config, systemClock, createLog('error'));
  try {
    const results = await audit(ctx, patienceMs);
    console.log(`\n${auditTable(results)}\n`);
    const failed = results.filter((result) => result.findings.length > 0);
    const incomplete = results.filter((result) => result.incomplete !== null);
    if (failed.length > 0) console.log(`${failed.length} of ${results.length} checks failed.`);
    if (incomplete.length > 0)
      console.log(`${incomplete.length} of ${results.length} checks could not be completed: run it again.`);
    if (isClean(results)) console.log('Every check holds.');
    else process.exitCode = 1;
  } finally {
    await closeContext(ctx);
  }
}

try {
  await main();
} catch (error) {
  const isExpected = error instanceof ConfigError || error instanceof NotRunning;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}
