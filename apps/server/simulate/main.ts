import { parseArgs } from 'node:util';
import pg from 'pg';
import { readProcessConfig } from '../src/config.ts';
import { startTemporaryPostgres } from '../src/local/temporary-postgres.ts';
import { openDatabase } from './database.ts';
import { type Played, playSequence } from './sequence.ts';
import { createWorld } from './world.ts';

/*
 * npm run simulate -- [--seed S] [--steps N] [--sequences M] [--trace] [--go-on] [--database-url URL]
 * Random people do random things while everything fails that can fail. Exit code 1 when a sequence breaks a promise.
 */

const stepsPerSequence = 40;
const longestSequence = 60;

type Plan = { seed: string; steps: number }[];

/** M sequences of N steps each; without M, N steps in all, cut into sequences of bearable length. */
function planOf(seed: string, steps: number, sequences: number | undefined): Plan {
  if (sequences === undefined && steps <= longestSequence) return [{ seed, steps }];
  if (sequences === 1) return [{ seed, steps }];
  const count = sequences ?? Math.ceil(steps / stepsPerSequence);
  const each = sequences === undefined ? stepsPerSequence : steps;
  return Array.from({ length: count }, (_one, index) => ({ seed: `${seed}-${index + 1}`, steps: each }));
}

const whole = (text: string | undefined, name: string): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} must be a whole number from 1 on`);
  return Number(text);
};

/** The database given is only asked for the server that it is on; a new one is made there and dropped at the end. */
async function openServer(asked: string | undefined): Promise<{ url: string; close(): Promise<void> }> {
  const databaseUrl = asked ?? readProcessConfig().databaseUrl;
  if (databaseUrl === undefined) {
    const postgres = await startTemporaryPostgres('simulation');
    return { url: postgres.url, close: postgres.stop };
  }
  const name = `holdfast_simulation_${process.pid}`;
  const run = async (statement: string) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await run(`create database ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return { url: url.href, close: () => run(`drop database if exists ${name} with (force)`) };
}

function report(played: Played, showsTrace: boolean): void {
  const { seed, steps, hash, kills, trace, failure } = played;
  if (failure === undefined) {
    if (showsTrace) console.log(trace.join('\n'));
    console.log(`ok    seed ${seed}, ${steps} steps, ${kills} deaths, trace ${hash}`);
    return;
  }
  console.error(`\n${trace.join('\n')}\n`);
  console.error(`FAIL  seed ${seed}, at step ${played.failedAt}, trace ${hash}\n\n${failure}\n`);
  console.error(
    `Replay: npm run simulate -- --seed ${seed} --steps ${steps}${steps > longestSequence ? ' --sequences 1' : ''}\n`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      steps: { type: 'string' },
      sequences: { type: 'string' },
      'database-url': { type: 'string' },
      trace: { type: 'boolean', default: false },
      'go-on': { type: 'boolean', default: false },
    },
  });
  const seed = values.seed ?? `${process.pid}${performance.now()}`.replace('.', '');
  const plan = planOf(
    seed,
    whole(values.steps, 'steps') ?? stepsPerSequence,
    whole(values.sequences, 'sequences'),
  );
  const server = await openServer(values['database-url']);
  const database = await openDatabase(server.url, { isMigrated: false });
  const world = await createWorld(database);
  const begunAt = performance.now();
  let failed = 0;
  try {
    for (const { seed: own, steps } of plan) {
      const played = await playSequence(world, own, steps);
      report(played, values.trace);
      if (played.failure === undefined) continue;
      failed += 1;
      if (!values['go-on']) break;
    }
  } finally {
    await world.close();
    await database.close();
    await server.close();
  }
  const seconds = Math.round((performance.now() - begunAt) / 1000);
  console.log(`${plan.length} sequences planned with --seed ${seed}, ${failed} failed, ${seconds} s`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
