import { accounts as api, secondFactor } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import * as limits from './limits.ts';
import { listSessions } from './list-sessions.ts';
import { login } from './login.ts';
import { originOf } from './origin.ts';
import { refresh } from './refresh.ts';
import { logout, revokeSession } from './revoke-session.ts';
import { confirmSecondFactor, enrolSecondFactor } from './second-factor/enrol.ts';

export function serveSessions(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, api.login, ({ body, request }) => login(ctx, body, originOf(request)), {
    addressLimit: limits.loginsPerAddress,
  });
  route(app, ctx, api.refresh, ({ body }) => refresh(ctx, body.refreshToken), {
    addressLimit: limits.refreshesPerAddress,
  });
  route(app, ctx, api.logout, async ({ actor }) => void (await logout(ctx, actor)));
  route(app, ctx, api.listSessions, ({ actor, query }) => listSessions(ctx, actor, query), {
    accountLimit: limits.readsPerAccount,
  });
  route(
    app,
    ctx,
    api.revokeSession,
    async ({ actor, params }) => void (await revokeSession(ctx, actor, params.id)),
    { accountLimit: limits.changesPerAccount },
  );
  route(app, ctx, secondFactor.enrol, ({ actor, body }) => enrolSecondFactor(ctx, actor, body), {
    accountLimit: limits.passwordChecksPerAccount,
  });
  route(app, ctx, secondFactor.confirm, ({ actor, body }) => confirmSecondFactor(ctx, actor, body), {
    accountLimit: limits.secondFactorTries,
  });
}
