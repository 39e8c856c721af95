import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { newId } from '../ids.ts';
import { notify } from '../notifications/notifications.ts';
import type { Origin } from './origin.ts';

/**
 * Tells somebody that their account was opened on a device that it had not been opened on before, as far as its sessions
 * are remembered. To be called before the session is opened.
 */
export async function tellOfSignIn(ctx: Ctx, tx: Tx, userId: string, origin: Origin): Promise<void> {
  const known = await tx
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('user_agent', 'is not distinct from', origin.userAgent)
    .limit(1)
    .executeTakeFirst();
  if (known !== undefined) return;
  const device = deviceOf(origin.userAgent ?? '');
  const data = device === undefined ? {} : { device };
  await notify(ctx, tx, [{ to: userId, type: 'account.signed_in', about: newId('sgn'), data }]);
}

const first = (text: string, names: readonly (readonly [RegExp, string])[]): string | undefined =>
  names.find(([pattern]) => pattern.test(text))?.[1];

// In this order: most browsers name others besides themselves.
const programs = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/Dart\//, 'App'],
] as const;
const systems = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux/, 'Linux'],
] as const;

/** In words of ours: what a device calls itself is whatever its owner likes, and would stand in a mail of ours. */
function deviceOf(userAgent: string): string | undefined {
  const parts = [first(userAgent, programs), first(userAgent, systems)].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(', ');
}
