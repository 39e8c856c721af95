import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type pg from 'pg';
import { createApp } from '../src/app.ts';
import type { Clock } from '../src/clock.ts';
import type { Ctx, RunningConfig } from '../src/context.ts';
import { kyselyOn } from '../src/db/connect.ts';
import { createLog } from '../src/log.ts';
import { openStorage } from '../src/storage/open.ts';
import { createStripeClient } from '../src/vendors/stripe.ts';
import { createLocalBus } from '../src/ws/bus.ts';
import { createFaultPoints, type FaultPoints } from './fault-points.ts';
import { type MortalPool, mortalPool } from './mortal-pool.ts';
import { mortalStripe } from './mortal-stripe.ts';

type Answer = { statusCode: number; json<T>(): T };

/** The server from its start to its death: the real application, reaching the world through fault points. */
export type Life = {
  ctx: Ctx;
  points: FaultPoints;
  pool: MortalPool;
  /** One HTTP request, without a socket. */
  request(options: InjectOptions): Promise<Answer>;
};

/** The HTTP application that lives share: it keeps nothing but its context, and takes that from the life it runs in. */
export type Shell = { app: FastifyInstance; lives: AsyncLocalStorage<Life> };

/**
 * Building the application takes fifty milliseconds, most of them to describe it: too much for every death. What dies
 * is everything it works with; code of a dead life keeps that life's handles, because it runs in its context.
 */
export async function createShell(config: RunningConfig, clock: Clock): Promise<Shell> {
  const lives = new AsyncLocalStorage<Life>();
  const own = () => lives.getStore()!.ctx;
  const ctx: Ctx = {
    config,
    clock,
    log: createLog(config.logLevel),
    get pool() {
      return own().pool;
    },
    get hotPool() {
      return own().hotPool;
    },
    get db() {
      return own().db;
    },
    get stripe() {
      return own().stripe;
    },
    get mail() {
      return own().mail;
    },
    // Nobody has a device either.
    push: undefined,
    pusher: undefined,
    get storage() {
      return own().storage;
    },
    get scanner() {
      return own().scanner;
    },
    // Nobody listens: there are no sockets here.
    bus: createLocalBus(),
  };
  const app = await createApp(ctx);
  await app.ready();
  return { app, lives };
}

export function beginLife(config: RunningConfig, clock: Clock, pool: pg.Pool, shell: Shell): Life {
  const points = createFaultPoints();
  const mortal = mortalPool(pool, points);
  const ctx: Ctx = {
    config,
    pool: mortal as unknown as pg.Pool,
    hotPool: mortal as unknown as pg.Pool,
    db: kyselyOn(mortal as unknown as pg.Pool),
    clock,
    log: createLog(config.logLevel),
    stripe: mortalStripe(createStripeClient(config.stripe), points),
    mail: { send: async () => undefined, close: () => undefined },
    push: undefined,
    pusher: undefined,
    storage: openStorage(config),
    scanner: undefined,
    bus: createLocalBus(),
  };
  const life: Life = {
    ctx,
    points,
    pool: mortal,
    request: (options) => shell.lives.run(life, async () => shell.app.inject(options)),
  };
  return life;
}
