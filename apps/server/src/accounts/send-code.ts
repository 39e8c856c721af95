import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';
import type { Mail } from '../vendors/smtp.ts';
import { codeLifeMs, makeCode } from './codes.ts';
import { deliver } from './deliver.ts';
import { alreadyRegisteredMail, codeMail } from './mails.ts';

// After an outage of the mail server: nobody waits for a code that long.
const worthSendingMs = hourMs;

/**
 * Makes the code, keeps its hash and mails it. A repetition after a failure makes a new one, so the newest mail
 * counts. To an address that has a proven account a registration or change sends a notice in place of a code.
 */
export async function sendCode(ctx: Ctx, payload: TaskPayloads['accounts.send-code']): Promise<void> {
  const mail = await inTransaction(ctx.db, (tx) => prepare(ctx, tx, payload.codeId));
  if (mail !== undefined) await deliver(ctx, mail);
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
  if (row.purpose !== 'reset-password' && (await isProven(tx, row.email)))
    return alreadyRegisteredMail(row.email);
  const { code, salt, hash } = makeCode();
  await tx
    .updateTable('one_time_codes')
    .set({ salt, hash, expires_at: addMs(now, codeLifeMs) })
    .where('id', '=', codeId)
    .execute();
  return codeMail(row.email, row.purpose, code);
}

async function isProven(tx: Tx, email: string): Promise<boolean> {
  const owner = await tx
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .where('email_verified_at', 'is not', null)
    .executeTakeFirst();
  return owner !== undefined;
}
