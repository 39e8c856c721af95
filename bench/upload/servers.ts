import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@holdfast/client';
import { systemClock } from '../../apps/server/src/clock.ts';
import type { S3Config } from '../../apps/server/src/config-storage.ts';
import { type Ctx, closeContext, createContext } from '../../apps/server/src/context.ts';
import { migrate } from '../../apps/server/src/db/migrate.ts';
import { startTemporaryPostgres } from '../../apps/server/src/local/temporary-postgres.ts';
import { createLog } from '../../apps/server/src/log.ts';
import { createPerson } from '../../apps/server/test/people.ts';
import { type BenchConfig, configOf } from '../bench-config.ts';
import { type Server, startChild } from '../child.ts';
import { startNginx } from './nginx.ts';

export type Servers = {
  bare: Server;
  disk: Server;
  s3: Server;
  /** On the files of `disk`; undefined if there is none on this machine. */
  nginx: Server | undefined;
  /** One for each connection: uploads of one person wait for each other at their quota. */
  tokens: string[];
  /** Lets everybody upload and read as if they had not done so yet. */
  forgetRateLimits(): Promise<void>;
  stop(): Promise<void>;
};

/** Everything that is measured, each in a process of its own, with their files in `folder`. */
export async function startServers(folder: string, people: number): Promise<Servers> {
  const running: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const one of running.reverse()) await one.stop();
  };
  const keep = <Running extends { stop(): Promise<void> }>(one: Running): Running => {
    running.push(one);
    return one;
  };
  try {
    const { url: databaseUrl } = keep(await startTemporaryPostgres('bench'));
    await migrate(databaseUrl);
    const uploadDir = join(folder, 'disk');
    const ctx = createContext(configOf({ databaseUrl, uploadDir }), systemClock, createLog('error'));
    keep({ stop: () => closeContext(ctx) });
    const bareDir = join(folder, 'bare');
    await mkdir(bareDir);
    const bare = keep(await start('multer alone', 'upload/serve-bare.ts', { uploadDir: bareDir }));
    const disk = keep(await startHoldfast('disk', { databaseUrl, uploadDir }));
    const { started: config, ...s3rver } = await startChild<S3Config>('upload/serve-s3.ts', {});
    keep(s3rver);
    const s3 = keep(await startHoldfast('S3', { databaseUrl, uploadDir: join(folder, 's3'), s3: config }));
    const nginx = await startNginx(join(folder, 'nginx'), uploadDir);
    if (nginx !== undefined) keep(nginx);
    const tokens = await signInAll(ctx, disk.url, people);
    const forgetRateLimits = async () => void (await ctx.db.deleteFrom('rate_limits').execute());
    return { bare, disk, s3, nginx, tokens, forgetRateLimits, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(name: string, file: string, settings: unknown): Promise<Server> {
  const { pid, started: url, stop } = await startChild<string>(file, settings);
  return { name, pid, url, stop };
}

// Links would send readers to S3, which is not what is measured.
const startHoldfast = (name: string, config: BenchConfig): Promise<Server> =>
  start(name, 'upload/serve-holdfast.ts', {
    ...config,
    ...(config.s3 && { s3: { ...config.s3, allowsPresignedUrls: false } }),
  });

async function signInAll(ctx: Ctx, url: string, count: number): Promise<string[]> {
  const client = createClient(url);
  const tokens: string[] = [];
  for (let index = 0; index < count; index += 1)
    tokens.push((await createPerson({ ctx, client }, { role: 'customer' })).accessToken);
  return tokens;
}
