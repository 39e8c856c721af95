import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-main-'));
});

beforeEach(() => rm(join(folder, '.env'), { force: true }));

afterAll(() => rm(folder, { recursive: true }));

/** Runs an entry in an empty folder with this environment alone, until it ends. */
async function run(entry: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(entry, import.meta.url))], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', DATA_DIR: join(folder, 'data'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, errors };
}

describe('a start with a wrong configuration', () => {
  test.each(['main.ts', 'worker-cli.ts', 'audit-cli.ts'])(
    '%s says all that is wrong in plain words, exits with 1 and has started nothing',
    async (entry) => {
      const { code, out, errors } = await run(entry, {
        PORT: 'eighty',
        SOCKET_PORT: '70000',
        STRIPE_SECRET_KEY: 'sk_test_...',
        STRIPE_LIVE_MODE: 'true',
      });
      expect(code).toBe(1);
      expect(out).toBe('');
      expect(errors.trim().split('\n')).toEqual([
        'The configuration has 5 problem(s):',
        '  - PORT must be a whole number',
        '  - SOCKET_PORT must be a whole number from 0 to 65535',
        '  - STRIPE_PUBLISHABLE_KEY is missing: the three STRIPE_ keys are set together, or not at all for the local sandbox',
        '  - STRIPE_WEBHOOK_SECRET is missing: the three STRIPE_ keys are set together, or not at all for the local sandbox',
        '  - STRIPE_SECRET_KEY must be a sk_test_… or sk_live_… or rk_test_… or rk_live_… key, not a placeholder',
      ]);
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

describe('a .env file', () => {
  test('completes the environment, which wins', async () => {
    await writeFile(
      join(folder, '.env'),
      'PORT=from-file\nSOCKET_PORT=from-file\nLOG_LEVEL="quiet" # a comment\n',
    );
    const { code, errors } = await run('main.ts', { SOCKET_PORT: '70000' });
    expect(code).toBe(1);
    expect(errors.trim().split('\n').slice(1)).toEqual([
      '  - PORT must be a whole number',
      '  - SOCKET_PORT must be a whole number from 0 to 65535',
      '  - LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    ]);
  });
});
