import type pg from 'pg';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Config, StripeConfig } from './config.ts';
import { connectHotPool, connectPool, type Db, kyselyOn } from './db/connect.ts';
import { openStorage } from './storage/open.ts';
import type { Storages } from './storage/storage.ts';
import { createScanner, type Scanner } from './vendors/clamd.ts';
import { createPushSender, type PushSender } from './vendors/fcm.ts';
import { createPusherClient, type PusherClient } from './vendors/pusher.ts';
import { createRedisBus } from './vendors/redis.ts';
import { createMailer, type Mailer } from './vendors/smtp.ts';
import { createStripeClient, type StripeClient } from './vendors/stripe.ts';
import { type Bus, createLocalBus } from './ws/bus.ts';

/** What the verbs work with. Everything in it can be replaced in a test; nothing in it is a module. */
export type Ctx = {
  config: RunningConfig;
  db: Db;
  pool: pg.Pool;
  /** For statements of hot paths, which are planned once. */
  hotPool: pg.Pool;
  clock: Clock;
  log: Logger;
  stripe: StripeClient;
  mail: Mailer;
  /** Undefined: no pushes are sent. */
  push: PushSender | undefined;
  /** Undefined: nothing goes to Pusher Channels. */
  pusher: PusherClient | undefined;
  storage: Storages;
  /** Undefined: files are not scanned. */
  scanner: Scanner | undefined;
  /** To the connections of people, in this process and others. */
  bus: Bus;
};

export type RunningConfig = Config & { databaseUrl: string; stripe: StripeConfig; smtpUrl: string };

export function createContext(config: RunningConfig, clock: Clock, log: Logger): Ctx {
  const pool = connectPool(config.databaseUrl, log);
  return {
    config,
    pool,
    hotPool: connectHotPool(config.databaseUrl, log),
    db: kyselyOn(pool),
    clock,
    log,
    stripe: createStripeClient(config.stripe),
    mail: createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom, dkim: config.dkim }),
    push: typeof config.fcm === 'object' ? createPushSender(config.fcm) : undefined,
    pusher: config.pusher === undefined ? undefined : createPusherClient(config.pusher),
    storage: openStorage(config),
    scanner: config.clamd === undefined ? undefined : createScanner(config.clamd),
    bus: config.redisUrl === undefined ? createLocalBus() : createRedisBus(config.redisUrl, log),
  };
}

export async function closeContext(ctx: Ctx): Promise<void> {
  ctx.mail.close();
  await ctx.push?.close();
  ctx.pusher?.close();
  ctx.bus.close();
  ctx.storage.close();
  await Promise.all([ctx.pool.end(), ctx.hotPool.end()]);
}
