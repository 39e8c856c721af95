import { accounts as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { changeEmail } from './change-email.ts';
import { changePassword } from './change-password.ts';
import { confirmEmail } from './confirm-email.ts';
import { deleteAccount, type Leave } from './delete-account.ts';
import * as limits from './limits.ts';
import { readMe, updateMe } from './me.ts';

export function serveMe(app: FastifyInstance, ctx: Ctx, leave: Leave): void {
  route(app, ctx, api.me, ({ actor }) => readMe(ctx, actor), { accountLimit: limits.readsPerAccount });
  route(app, ctx, api.updateMe, ({ actor, body }) => updateMe(ctx, actor, body), {
    accountLimit: limits.changesPerAccount,
  });
  route(
    app,
    ctx,
    api.changePassword,
    async ({ actor, body }) => void (await changePassword(ctx, actor, body)),
    { accountLimit: limits.passwordChecksPerAccount },
  );
  route(app, ctx, api.changeEmail, ({ actor, body }) => changeEmail(ctx, actor, body), {
    accountLimit: limits.passwordChecksPerAccount,
  });
  route(app, ctx, api.confirmEmail, ({ actor, body }) => confirmEmail(ctx, actor, body.code), {
    accountLimit: limits.confirmationsPerAccount,
  });
  route(
    app,
    ctx,
    api.deleteMe,
    async ({ actor, body }) => void (await deleteAccount(ctx, actor, body, leave)),
    { accountLimit: limits.passwordChecksPerAccount },
  );
}
