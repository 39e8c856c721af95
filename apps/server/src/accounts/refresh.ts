import type { SignedIn } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import { hashToken } from '../http/authenticate.ts';
import { forgetEndedDevices } from '../notifications/notifications.ts';
import { presentMe, type UserRow } from './present.ts';
import { renewSession } from './sessions.ts';

/**
 * Exchanges a refresh token for new tokens. One that was used already revokes its whole session, without a
 * period of grace: whether thief or owner came first cannot be told, so both must sign in again. Throws
 * token_expired or account_suspended.
 */
export async function refresh(ctx: Ctx, refreshToken: string): Promise<SignedIn> {
  const hash = hashToken(refreshToken);
  // The refusal is thrown outside, so that the revocation it comes with is committed.
  const answer = await inTransaction(ctx.db, (tx) => exchange(tx, ctx.clock.now(), hash));
  if (answer instanceof AppError) throw answer;
  return answer;
}

async function exchange(tx: Tx, now: Date, hash: Buffer): Promise<SignedIn | AppError> {
  const sessionId = await lockSessionOf(tx, hash);
  if (sessionId === undefined) return expired();
  // Read after the lock: of two requests with one token the second sees what the first did.
  const token = await tx
    .selectFrom('refresh_tokens')
    .innerJoin('sessions', 'sessions.id', 'refresh_tokens.session_id')
    .select([
      'refresh_tokens.expires_at',
      'refresh_tokens.used_at',
      'sessions.revoked_at',
      'sessions.user_id',
    ])
    .where('refresh_tokens.hash', '=', hash)
    .executeTakeFirstOrThrow();
  if (token.revoked_at !== null || token.expires_at <= now) return expired();
  if (token.used_at !== null) {
    await tx.updateTable('sessions').set({ revoked_at: now }).where('id', '=', sessionId).execute();
    await forgetEndedDevices(tx, token.user_id);
    return expired();
  }
  const user = await readUser(tx, token.user_id);
  if (user.suspended_at !== null) return new AppError('account_suspended', 'This account is suspended.');
  await tx.updateTable('refresh_tokens').set({ used_at: now }).where('hash', '=', hash).execute();
  return { ...(await renewSession(tx, now, sessionId)), user: await presentMe(tx, user) };
}

async function lockSessionOf(tx: Tx, hash: Buffer): Promise<string | undefined> {
  const session = await tx
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', (token) =>
      token.selectFrom('refresh_tokens').select('session_id').where('hash', '=', hash),
    )
    .forUpdate()
    .executeTakeFirst();
  return session?.id;
}

const readUser = (tx: Tx, userId: string): Promise<UserRow> =>
  tx.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirstOrThrow();

const expired = () =>
  new AppError('token_expired', 'This refresh token is unknown, used, expired or revoked. Sign in again.');
