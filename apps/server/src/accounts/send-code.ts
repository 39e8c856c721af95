import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { alreadyRegisteredLetter, codeLetter, forgetBounce } from '../notifications/notifications.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';
import type { Mail } from '../vendors/smtp.ts';
import { codeLifeMs, makeCode } from './codes.ts';
import { deliver } from './deliver.ts';

// After an outage of the mail server: nobody waits for a code that long.
const worthSendingMs = hourMs;

/**
 * Makes the code, keeps its hash and mails it. A repetition after a failure makes a new one, so the newest mail
 * counts. To an address that has a proven account a registration or change sends a notice in place of a code. Addresses that
 * had no mailbox are tried as well, since somebody asks for it: one that takes the mail gets all others again.
 */
export async function sendCode(ctx: Ctx, payload: TaskPayloads['accounts.send-code']): Promise<void> {
  const mail = await inTransaction(ctx.db, (tx) => prepare(ctx, tx, payload.codeId));
  if (mail === undefined) return;
  if (await deliver(ctx, mail, { isUrgent: true })) await forgetBounce(ctx.db, mail.to);
}

/** The mail to send, or undefined when there is nothing to say: replaced, outdated, or nobody's address. */
async function prepare(ctx: Ctx, tx: Tx, codeId: string): Promise<Mail | undefined> {
  const now = ctx.clock.now();
  const row = await tx
    .selectFrom('one_time_codes')
    .select(['user_id', 'purpose', 'email', 'created_at'])
    .where('id', '=', codeId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || row.user_id === null || row.created_at < addMs(now, -worthSendingMs))
    return undefined;
  const owner = await provenOwner(tx, row.email);
  if (row.purpose !== 'reset-password' && owner !== undefined)
    return alreadyRegisteredLetter(ctx, { email: row.email, locale: owner.locale });
  const { code, salt, hash } = makeCode();
  await tx
    .updateTable('one_time_codes')
    .set({ salt, hash, expires_at: addMs(now, codeLifeMs) })
    .where('id', '=', codeId)
    .execute();
  const user = await tx
    .selectFrom('users')
    .select('locale')
    .where('id', '=', row.user_id)
    .executeTakeFirstOrThrow();
  return codeLetter(ctx, { email: row.email, locale: user.locale }, row.purpose, code);
}

const provenOwner = (tx: Tx, email: string) =>
  tx
    .selectFrom('users')
    .select('locale')
    .where('email', '=', email)
    .where('email_verified_at', 'is not', null)
    .executeTakeFirst();
