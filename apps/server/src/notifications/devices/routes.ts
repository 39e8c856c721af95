import { devices as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { hourMs, minuteMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import { route } from '../../http/route.ts';
import type { RateLimit } from '../../rate-limits.ts';
import { listDevices } from './list.ts';
import { registerDevice } from './register.ts';
import { removeDevice } from './remove.ts';

const changesPerAccount: RateLimit = { name: 'device-change', maximum: 120, windowMs: hourMs };
const readsPerAccount: RateLimit = { name: 'device-read', maximum: 600, windowMs: 10 * minuteMs };

export function serveDevices(app: FastifyInstance, ctx: Ctx): void {
  const changes = { accountLimit: changesPerAccount };
  route(app, ctx, api.register, ({ actor, body }) => registerDevice(ctx, actor, body), changes);
  route(app, ctx, api.list, ({ actor }) => listDevices(ctx, actor), { accountLimit: readsPerAccount });
  route(
    app,
    ctx,
    api.remove,
    async ({ actor, params }) => void (await removeDevice(ctx, actor, params.id)),
    changes,
  );
}
