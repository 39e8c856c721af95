import type { Ctx } from '../context.ts';
import type { Mail } from '../vendors/smtp.ts';

/**
 * Sends a mail. A failure is told without the mail server's own words, which quote the address: it ends up in
 * the log and in the list of failed tasks.
 */
export async function deliver(ctx: Ctx, mail: Mail): Promise<void> {
  try {
    await ctx.mail.send(mail);
  } catch (error) {
    const { code, responseCode } = error as { code?: string; responseCode?: number };
    throw new Error(
      `the mail server did not take the mail (${code ?? 'no code'}, ${responseCode ?? 'no answer'})`,
    );
  }
}
