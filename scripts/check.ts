import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * npm test: types, lint and format, all tests. `npm test -- FILTER …` runs only the tests whose path contains one of
 * the filters. Everything runs even if something before it failed, so that one run shows all there is to mend.
 */

const filters = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'holdfast-check-'));
const report = join(folder, 'report.json');

const steps = [
  { name: 'Types', script: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  {
    name: 'Lint and format',
    script: '@biomejs/biome/bin/biome',
    args: ['check', '--error-on-warnings', '.'],
  },
  {
    name: 'Tests',
    script: 'vitest/vitest.mjs',
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters],
  },
];

const failed: string[] = [];
for (const { name, script, args } of steps) {
  console.log(`\n${name}`);
  const run = spawnSync(process.execPath, [join('node_modules', script), ...args], { stdio: 'inherit' });
  if (run.status !== 0) failed.push(name);
}

console.log(`\n${counts()}`);
rmSync(folder, { recursive: true, force: true });
if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);

/** The numbers of the run in one line. */
function counts(): string {
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    return `${result.numPassedTests} passed, ${result.numFailedTests} failed, ${result.numPendingTests} skipped`;
  } catch {
    return '0 passed, 1 failed';
  }
}
