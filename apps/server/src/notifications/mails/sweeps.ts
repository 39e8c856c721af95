import { sql } from 'kysely';
import { addMs, dayMs } from '../../clock.ts';
import type { Ctx } from '../../context.ts';
import type { Sweep } from '../../outbox/worker.ts';

/** What mails forget by themselves. */
export const mailSweeps: Sweep[] = [{ name: 'forget bounces of nobody', run: forgetBounces }];

/** An address that no account has any more is kept no longer than the account it was given for. */
async function forgetBounces(ctx: Ctx): Promise<void> {
  const limit = addMs(ctx.clock.now(), -dayMs);
  await sql`delete from mail_bounces where at < ${limit}
    and not exists (select from users where users.email = mail_bounces.email)`.execute(ctx.db);
}
