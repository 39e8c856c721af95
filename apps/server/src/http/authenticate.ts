import { createHash } from 'node:crypto';
import type { Access } from '@holdfast/contract';
import { addMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Role } from '../db/tables/accounts.ts';
import { AppError } from '../errors.ts';

/** Who is calling: the account behind a valid access token. Only accounts with a proven e-mail have sessions. */
export type Actor = { userId: string; role: Role; sessionId: string; hasSecondFactor: boolean };

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The token of an Authorization header, or undefined if there is no such header. Anything else is refused. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^Bearer +([0-9A-Za-z_-]{20,200})$/i.exec(header);
  if (match === null) throw new AppError('unauthenticated', 'Send "Authorization: Bearer <access token>".');
  return match[1];
}

/** Looks an access token up by its hash. One indexed query; throws when it is unknown, expired or revoked. */
export async function authenticate(ctx: Ctx, token: string): Promise<Actor> {
  const now = ctx.clock.now();
  const row = await ctx.db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id', 'sessions.access_expires_at', 'sessions.revoked_at', 'sessions.last_used_at'])
    .select(['users.id as user_id', 'users.role', 'users.suspended_at', 'users.deleted_at'])
    .select('users.second_factor_at')
    .where('sessions.access_hash', '=', hashToken(token))
    .executeTakeFirst();
  if (row === undefined || row.revoked_at !== null || row.deleted_at !== null || row.access_expires_at <= now)
    throw new AppError(
      'token_expired',
      'This access token is unknown, expired or revoked. Refresh it or sign in again.',
    );
  if (row.suspended_at !== null) throw new AppError('account_suspended', 'This account is suspended.');
  if (row.last_used_at < addMs(now, -minuteMs)) await touchSession(ctx, row.id, now);
  const hasSecondFactor = row.second_factor_at !== null;
  return { userId: row.user_id, role: row.role, sessionId: row.id, hasSecondFactor };
}

/** Who this account is to a link that was signed for it; undefined if it is suspended or gone. */
export async function activeActor(ctx: Ctx, userId: string): Promise<Omit<Actor, 'sessionId'> | undefined> {
  const row = await ctx.db
    .selectFrom('users')
    .select(['id', 'role', 'second_factor_at'])
    .where('id', '=', userId)
    .where('email_verified_at', 'is not', null)
    .where('suspended_at', 'is', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { userId: row.id, role: row.role, hasSecondFactor: row.second_factor_at !== null };
}

/** Refuses an actor that the endpoint is not for. */
export function authorize(actor: Actor, access: Access): void {
  if (access === 'admin' && actor.role === 'admin' && !actor.hasSecondFactor)
    throw new AppError(
      'second_factor_not_enrolled',
      'Admins need a second factor first: POST /api/auth/second-factor/enrol.',
    );
  if (access === 'public' || access === 'user' || access === actor.role) return;
  throw new AppError('forbidden', `This is for ${access === 'admin' ? 'admins' : `${access}s`} only.`);
}

async function touchSession(ctx: Ctx, sessionId: string, now: Date): Promise<void> {
  await ctx.db.updateTable('sessions').set({ last_used_at: now }).where('id', '=', sessionId).execute();
}
