import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { journey, type Play } from '../../demo/journey.ts';
import { randomFrom } from '../../demo/random.ts';
import { until } from '../../demo/until.ts';
import { audit } from '../../src/audit/audit.ts';
import { prepareSite, type Site } from './site.ts';

// A step takes some ten to hundred milliseconds: kills fall before, into and after its work.
const longestDelayMs = 90;
const seed = Number(process.env.HOLDFAST_CHAOS_SEED ?? 20_261_124);

let site: Site;

beforeAll(async () => {
  site = await prepareSite({ LOG_LEVEL: 'warn' });
  await site.start();
});
afterAll(() => site?.clear());

test('the server is killed with -9 in the middle of every step, and the job still ends in the right place', {
  timeout: 240_000,
}, async () => {
  const random = randomFrom(seed);
  const play = newPlay();
  for (const step of journey) {
    const delayMs = random.below(longestDelayMs);
    const attempt = step.run(play).catch(() => undefined);
    await wait(delayMs);
    await site.kill();
    await attempt;
    await site.start();
    // Nothing is repaired by hand: the same person does the same thing again.
    await step.run(play).catch((error) => {
      throw new Error(`${step.title} (seed ${seed}, killed after ${delayMs} ms): ${error.message}`, {
        cause: error,
      });
    });
  }
  expect(await findings()).toEqual([]);
});

test('the server stops cleanly on SIGTERM', async () => {
  expect(await site.terminate()).toBe(0);
  await site.start();
});

function newPlay(): Play {
  return {
    stage: {
      apiUrl: site.url,
      sandboxUrl: `http://127.0.0.1:${site.environment.STRIPE_SANDBOX_PORT}`,
      readCode: newestCode,
    },
    key: 'chaos',
    price: { amount: 45_000, currency: 'eur' },
    customer: { name: 'Clara', email: 'clara@chaos.example', role: 'customer' },
    contractor: { name: 'Conrad', email: 'conrad@chaos.example', role: 'contractor' },
  };
}

/** The mailbox of a killed server is a file: its newest code for the address, once there is one. */
const newestCode = (email: string): Promise<string> =>
  until(`a code for ${email}`, async () => {
    const text = await readFile(join(site.folder, 'mailbox.jsonl'), 'utf8').catch(() => '');
    const mails = text.split('\n').filter((line) => line.includes(email));
    return /code is (\d{6})/.exec(mails.at(-1) ?? '')?.[1];
  });

/** What the audit finds once the outbox has done everything. */
async function findings(): Promise<unknown[]> {
  const { ctx } = await site.lookInside();
  await until('the outbox is empty', async () => {
    const { rowCount } = await ctx.pool.query('select from graphile_worker._private_jobs limit 1');
    return rowCount === 0;
  });
  const results = await audit(ctx, 500);
  return results.filter((result) => result.findings.length > 0);
}
