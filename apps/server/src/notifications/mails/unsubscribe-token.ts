import { createHmac, timingSafeEqual } from 'node:crypto';
import { notificationTypes } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { signingKey } from '../../http/signing-key.ts';
import { isSecurity } from '../defaults.ts';
import type { NotificationType } from '../kinds.ts';

/** What one link switches off: a type, or everything that can be switched off. */
export type UnsubscribeScope = NotificationType | 'everything';

/** What concerns the safety of an account is mailed always: a thief who has the telephone must not be able to silence it. */
export const canUnsubscribe = (type: NotificationType): boolean => !isSecurity(type);

const unsubscribable = notificationTypes.filter(canUnsubscribe);

/** The types of a scope. */
export const typesOf = (scope: UnsubscribeScope): readonly NotificationType[] =>
  scope === 'everything' ? unsubscribable : [scope];

/** Makes the links of mails: each for one person and one scope, as long as the mail lies in a mailbox. */
export async function unsubscribeLinks(
  ctx: Ctx,
): Promise<(userId: string, scope: UnsubscribeScope) => string> {
  const key = await signingKey(ctx, 'unsubscribe');
  return (userId, scope) => {
    const token = `${userId}.${scope}.${sign(key, userId, scope).toString('base64url')}`;
    return `${ctx.config.publicUrl}/api/unsubscribe?token=${token}`;
  };
}

/** Whose mails a token switches off, and which; undefined if we did not sign it. */
export async function readToken(
  ctx: Ctx,
  token: string,
): Promise<{ userId: string; scope: UnsubscribeScope } | undefined> {
  const [, userId, named, signature] = /^([^.]+)\.(.+)\.([^.]+)$/.exec(token) ?? [];
  const scope = (['everything', ...unsubscribable] as const).find((one) => one === named);
  if (userId === undefined || scope === undefined || signature === undefined) return undefined;
  const expected = sign(await signingKey(ctx, 'unsubscribe'), userId, scope);
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected) ? { userId, scope } : undefined;
}

const sign = (key: Buffer, userId: string, scope: UnsubscribeScope): Buffer =>
  createHmac('sha256', key).update(`${userId}\n${scope}`).digest();
