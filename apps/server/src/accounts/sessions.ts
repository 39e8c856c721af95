import { randomBytes } from 'node:crypto';
import type { SignedIn } from '@holdfast/contract';
import { addMs, dayMs, minuteMs } from '../clock.ts';
import type { Tx } from '../db/connect.ts';
import { hashToken } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import { forgetEndedDevices } from '../notifications/notifications.ts';
import type { Origin } from './origin.ts';

const accessLifeMs = 15 * minuteMs;
const refreshLifeMs = 30 * dayMs;

export type Tokens = Omit<SignedIn, 'user'>;

/** 256 random bits; only their SHA-256 is stored, which for something that random is as good as any slow hash. */
const newToken = (): string => randomBytes(32).toString('base64url');

/** Opens a session for an account whose owner has just proved who they are. */
export async function openSession(tx: Tx, now: Date, userId: string, origin: Origin): Promise<Tokens> {
  const sessionId = newId('ses');
  const tokens = newTokens(now);
  await tx
    .insertInto('sessions')
    .values({
      id: sessionId,
      user_id: userId,
      ...storedTokens(tokens),
      user_agent: origin.userAgent,
      address: origin.address,
      created_at: now,
      last_used_at: now,
    })
    .execute();
  await storeRefreshToken(tx, sessionId, tokens);
  return tokens;
}

/** Gives a session, whose row the caller has locked, new tokens; the old access token stops working. */
export async function renewSession(tx: Tx, now: Date, sessionId: string): Promise<Tokens> {
  const tokens = newTokens(now);
  await tx
    .updateTable('sessions')
    .set({ ...storedTokens(tokens), last_used_at: now })
    .where('id', '=', sessionId)
    .execute();
  await storeRefreshToken(tx, sessionId, tokens);
  return tokens;
}

/** Ends all sessions of an account, but for one if it is named. */
export async function revokeSessions(tx: Tx, now: Date, userId: string, exceptId?: string): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId!))
    .execute();
  await forgetEndedDevices(tx, userId);
}

function newTokens(now: Date): Tokens {
  return {
    accessToken: newToken(),
    accessTokenExpiresAt: addMs(now, accessLifeMs).toISOString(),
    refreshToken: newToken(),
    refreshTokenExpiresAt: addMs(now, refreshLifeMs).toISOString(),
  };
}

const storedTokens = (tokens: Tokens) => ({
  access_hash: hashToken(tokens.accessToken),
  access_expires_at: new Date(tokens.accessTokenExpiresAt),
  expires_at: new Date(tokens.refreshTokenExpiresAt),
});

async function storeRefreshToken(tx: Tx, sessionId: string, tokens: Tokens): Promise<void> {
  await tx
    .insertInto('refresh_tokens')
    .values({
      hash: hashToken(tokens.refreshToken),
      session_id: sessionId,
      expires_at: new Date(tokens.refreshTokenExpiresAt),
    })
    .execute();
}
