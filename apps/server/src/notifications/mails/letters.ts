import type { Ctx } from '../../context.ts';
import type { CodePurpose } from '../../db/tables/accounts.ts';
import type { Mail } from '../../vendors/smtp.ts';
import type { NotificationData, NotificationType } from '../kinds.ts';
import { pageOf } from '../pages.ts';
import type { Letter, Reader } from '../texts/language.ts';
import { languageOf, textOf } from '../texts/text-of.ts';
import { renderMail } from './layout.ts';

/*
 * Mails that go to an address rather than to a person's list of notifications. None of them holds text that somebody
 * typed into a form: an address that is not proven may be a stranger's, and Holdfast is no way to send strangers one's
 * words. The code stands in the body only, because subjects show on locked screens.
 */

type Addressee = { email: string; locale: string };

/** A one-time code. */
export function codeLetter(ctx: Ctx, to: Addressee, purpose: CodePurpose, code: string): Mail {
  const { mails } = languageOf(to);
  const platform = ctx.config.platformName;
  const { subject, lines } = mails.codes[purpose];
  return write(ctx, to, {
    subject,
    lines: [...lines, ...mails.codeAdvice(platform)],
    code: { before: mails.yourCode(platform), value: code },
  });
}

/** In place of a code, to an address that has an account. */
export const alreadyRegisteredLetter = (ctx: Ctx, to: Addressee): Mail =>
  write(ctx, to, languageOf(to).mails.alreadyRegistered(ctx.config.platformName));

/** The last one. */
export const accountDeletedLetter = (ctx: Ctx, to: Addressee): Mail =>
  write(ctx, to, languageOf(to).mails.accountDeleted(ctx.config.platformName));

/** The text of a notification as a mail that nobody can switch off, to an address that the account may no longer have. */
export function noticeLetter(
  ctx: Ctx,
  to: { email: string } & Reader,
  type: NotificationType,
  data: NotificationData = {},
): Mail {
  const { title, message } = textOf(type, data, to);
  const { destination, path } = pageOf(type, data);
  const { mails } = languageOf(to);
  return write(ctx, to, {
    subject: title,
    lines: [message],
    button: { label: mails.buttons[destination], url: `${ctx.config.appUrl}${path}` },
  });
}

type Written = Letter & {
  code?: { before: string; value: string };
  button?: { label: string; url: string };
};

function write(ctx: Ctx, to: Addressee, { subject, lines, code, button }: Written): Mail {
  const language = languageOf(to);
  const platform = ctx.config.platformName;
  const content = renderMail({
    language: language.tag,
    platform,
    title: subject,
    paragraphs: lines,
    reason: language.mails.reasonOfLetter(platform),
    ...(code === undefined ? {} : { code }),
    ...(button === undefined ? {} : { button }),
  });
  return { to: to.email, subject, ...content, language: language.tag };
}
