import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import type { Leave } from './delete-account.ts';
import { serveContractors } from './routes-contractors.ts';
import { serveMe } from './routes-me.ts';
import { serveSessions } from './routes-sessions.ts';
import { serveSignUp } from './routes-sign-up.ts';

/** What the accounts must ask of modules that they may not import. */
export type AccountsOptions = { leave: Leave };

/** The routes of people: signing up and in, their sessions, their own data, their public pages. */
export function serveAccounts(app: FastifyInstance, ctx: Ctx, options: AccountsOptions): void {
  serveSignUp(app, ctx);
  serveSessions(app, ctx);
  serveMe(app, ctx, options.leave);
  serveContractors(app, ctx);
}
