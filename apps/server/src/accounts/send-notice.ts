import type { Ctx } from '../context.ts';
import { accountDeletedLetter, bouncedAmong, noticeLetter } from '../notifications/notifications.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';
import { deliver } from './deliver.ts';

/** Tells somebody what was done to their account, at the address it had before. */
export async function sendNotice(ctx: Ctx, payload: TaskPayloads['accounts.send-notice']): Promise<void> {
  const { userId, notice, to } = payload;
  if ((await bouncedAmong(ctx.db, [to])).has(to)) return;
  const user = await ctx.db
    .selectFrom('users')
    .select(['locale', 'time_zone', 'role'])
    .where('id', '=', userId)
    .executeTakeFirst();
  const reader = {
    email: to,
    locale: payload.locale ?? user?.locale ?? 'en',
    timeZone: user?.time_zone ?? 'UTC',
  };
  const side = user === undefined || user.role === 'admin' ? {} : { side: user.role };
  const mail =
    notice === 'account-deleted'
      ? accountDeletedLetter(ctx, reader)
      : noticeLetter(ctx, reader, 'account.email_changed', side);
  await deliver(ctx, mail);
}
