import type { Tx } from '../db/connect.ts';
import type { NotificationData, NotificationType } from './kinds.ts';
import { readWishes } from './preferences/wishes.ts';
import { textOf } from './texts/text-of.ts';
import { type Entry, isWantedAnywhere, type Telling, writeEntries } from './write.ts';

export type Notice = {
  to: string;
  type: NotificationType;
  /** What it is about, so that the same is told once: the id of the booking, of the payout, … */
  about: string;
  data?: NotificationData;
};

/**
 * Tells people something, in their language and on the channels they want, exactly if the caller's transaction is
 * committed, and once however often it is repeated. Whoever has left is told nothing.
 */
export async function notify(ctx: Telling, tx: Tx, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  const wishes = await readWishes(
    tx,
    notices.map(({ to }) => to),
  );
  const entries = notices.flatMap(({ to, type, about, data = {} }): Entry[] => {
    const reader = wishes.get(to);
    if (reader === undefined) return [];
    return [{ wishes: reader, type, data, key: keyOf(type, about), text: textOf(type, data, reader) }];
  });
  await writeEntries(ctx, tx, entries);
}

export const keyOf = (type: NotificationType, about: string): string => `${type} ${about}`;

/** The same to everybody who runs the platform. */
export async function notifyAdmins(ctx: Telling, tx: Tx, notice: Omit<Notice, 'to'>): Promise<void> {
  const admins = await tx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('deleted_at', 'is', null)
    .where('suspended_at', 'is', null)
    .orderBy('id')
    .execute();
  await notify(
    ctx,
    tx,
    admins.map(({ id }) => ({ ...notice, to: id })),
  );
}

/**
 * The same thing to a great many, for whom it is not urgent: a page of them, in one transaction. The text is made once
 * for each language.
 */
export async function notifyMany(
  ctx: Telling,
  tx: Tx,
  userIds: readonly string[],
  { type, about, data = {} }: Omit<Notice, 'to'>,
): Promise<void> {
  const wishes = await readWishes(tx, userIds);
  const texts = new Map<string, ReturnType<typeof textOf>>();
  const readers = userIds.flatMap((userId) => wishes.get(userId) ?? []);
  const entries = readers.map((reader): Entry => {
    const language = `${reader.locale} ${reader.timeZone}`;
    const text = texts.get(language) ?? textOf(type, data, reader);
    texts.set(language, text);
    return { wishes: reader, type, data, key: keyOf(type, about), text };
  });
  await writeEntries(
    ctx,
    tx,
    // A row for the record, for each of a hundred thousand who want to hear nothing of it, would serve nobody.
    entries.filter(({ wishes: reader }) => isWantedAnywhere(ctx, reader, type)),
    { isBulk: true },
  );
}
