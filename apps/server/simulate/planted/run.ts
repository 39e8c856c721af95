import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startTemporaryPostgres } from '../../src/local/temporary-postgres.ts';

/*
 * node apps/server/simulate/planted/run.ts [--sequences N] [--steps N] [--seed S] [--bug WORD]
 * Plants each bug of this folder into a copy of the source and simulates until something breaks. Exit code 1 if one is not found.
 */

const root = fileURLToPath(new URL('../../../../', import.meta.url));

type Planted = { file: string; name: string };

/** Each is a patch whose first line says what is wrong; what one cannot plant any more is an error. */
const here = fileURLToPath(new URL('.', import.meta.url));
const bugs: Planted[] = readdirSync(here)
  .filter((file) => file.endsWith('.patch'))
  .sort()
  .map((file) => ({ file, name: readFileSync(join(here, file), 'utf8').split('\n')[0]! }));

/** The server with this bug in it, in a folder of its own. */
function plant(bug: Planted): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-planted-'));
  for (const part of ['package.json', 'packages', 'apps/server'])
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/\/(node_modules|data|upload)$/.test(path),
    });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const applied = spawnSync('git', ['apply', '--recount', join(here, bug.file)], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (applied.status !== 0) throw new Error(`${bug.file} has to be written anew: ${applied.stderr}`);
  return folder;
}

type Found = { sequences: number; reason: string } | undefined;

type Runs = { seed: string; sequences: string; steps: string };

function simulate(folder: string, databaseUrl: string, { seed, sequences, steps }: Runs): Found {
  const run = spawnSync(
    process.execPath,
    [
      'apps/server/simulate/main.ts',
      '--database-url',
      databaseUrl,
      '--seed',
      seed,
      '--steps',
      steps,
      '--sequences',
      sequences,
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  if (run.status === 0) return undefined;
  const reason = /\nFAIL .*\n\n(?:Error: )?([\s\S]*?)(?:\n {4}at |\n\n)/.exec(run.stderr)?.[1];
  if (reason === undefined) throw new Error(run.stderr.slice(-2000));
  return { sequences: run.stdout.split('\n').filter((line) => line.startsWith('ok ')).length + 1, reason };
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: 'planted' },
    // As CI plays them: as many, and as long as they are there on the average.
    sequences: { type: 'string', default: '2000' },
    steps: { type: 'string', default: '12' },
    bug: { type: 'string', default: '' },
  },
});
const postgres = await startTemporaryPostgres('simulation');
let missed = 0;
try {
  for (const bug of bugs.filter((one) => one.file.includes(values.bug))) {
    const folder = plant(bug);
    try {
      const found = simulate(folder, postgres.url, values);
      if (found === undefined) missed += 1;
      console.log(
        found === undefined
          ? `MISSED in ${values.sequences} sequences: ${bug.name}`
          : `found in sequence ${found.sequences}: ${bug.name}\n    ${found.reason.split('\n').slice(0, 2).join(' ').slice(0, 200)}`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
} finally {
  await postgres.stop();
}
process.exitCode = missed === 0 ? 0 : 1;
