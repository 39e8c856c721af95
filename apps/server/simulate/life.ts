import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { createApp } from '../src/app.ts';
import type { Clock } from '../src/clock.ts';
import type { Ctx, RunningConfig } from '../src/context.ts';
import { kyselyOn } from '../src/db/connect.ts';
import { createLog } from '../src/log.ts';
import { createStripeClient } from '../src/vendors/stripe.ts';
import { createFaultPoints, type FaultPoints } from './fault-points.ts';
import { type MortalPool, mortalPool } from './mortal-pool.ts';
import { mortalStripe } from './mortal-stripe.ts';

/** The server from its start to its death: the real application, reaching the world through fault points. */
export type Life = { ctx: Ctx; app: FastifyInstance; points: FaultPoints; pool: MortalPool };

export async function beginLife(config: RunningConfig, clock: Clock, pool: pg.Pool): Promise<Life> {
  const points = createFaultPoints();
  const mortal = mortalPool(pool, points);
  const ctx: Ctx = {
    config,
    pool: mortal as unknown as pg.Pool,
    db: kyselyOn(mortal as unknown as pg.Pool),
    clock,
    log: createLog(config.logLevel),
    stripe: mortalStripe(createStripeClient(config.stripe), points),
    mail: { send: async () => undefined, close: () => undefined },
  };
  const app = await createApp(ctx);
  await app.ready();
  return { ctx, app, points, pool: mortal };
}
