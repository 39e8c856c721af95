import type { Ctx } from '../context.ts';
import { recordBounce } from '../notifications/notifications.ts';
import { MailFailure } from '../vendors/mail-failure.ts';
import type { Mail } from '../vendors/smtp.ts';

/**
 * Sends a mail; false if its address has no mailbox, which is remembered and not tried again. Throws MailFailure, which
 * says nothing in the mail server's own words: it ends up in the log and in the list of failed tasks.
 */
export async function deliver(ctx: Ctx, mail: Mail, options: { isUrgent?: boolean } = {}): Promise<boolean> {
  try {
    await ctx.mail.send(mail, options);
    return true;
  } catch (error) {
    if (!(error instanceof MailFailure) || error.kind !== 'bounced') throw error;
    await recordBounce(ctx.db, ctx.clock.now(), mail.to, error.status);
    return false;
  }
}
