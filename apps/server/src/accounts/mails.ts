import type { CodePurpose } from '../db/tables/accounts.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';
import type { Mail } from '../vendors/smtp.ts';

/*
 * The mails of the accounts module. None of them holds text that somebody typed into a form: an address that
 * is not proven may be a stranger's, and Holdfast is no way to send strangers one's words. The code stands in
 * the body only, because subjects show on locked screens.
 */

const reasons: Record<CodePurpose, { subject: string; reason: string }> = {
  'verify-email': {
    subject: 'Confirm your e-mail address',
    reason: 'Enter it to confirm that this address is yours.',
  },
  'reset-password': {
    subject: 'Set a new password',
    reason: 'Enter it to set a new password. All your devices will be signed out.',
  },
  'change-email': {
    subject: 'Confirm your new e-mail address',
    reason: 'Enter it to make this the address of your account.',
  },
};

export function codeMail(to: string, purpose: CodePurpose, code: string): Mail {
  const { subject, reason } = reasons[purpose];
  return compose(to, subject, [
    `Your Holdfast code is ${code}`,
    reason,
    'It works once, within ten minutes. Nobody from Holdfast will ever ask you for it.',
    'If you did not ask for this code, ignore this mail.',
  ]);
}

export function alreadyRegisteredMail(to: string): Mail {
  return compose(to, 'You already have an account', [
    'Somebody, probably you, tried to use this address for an account at Holdfast. It has one already.',
    'Sign in as usual. If you forgot your password, ask for a new one on the sign-in page.',
    'If it was not you, there is nothing to do: your account is unchanged.',
  ]);
}

type NoticeKind = TaskPayloads['accounts.send-notice']['notice'];

const notices: Record<NoticeKind, { subject: string; lines: string[] }> = {
  'email-changed': {
    subject: 'Your e-mail address was changed',
    lines: [
      'Your Holdfast account now has another e-mail address. This one no longer opens it.',
      'If it was not you, write to our support at once.',
    ],
  },
  'account-deleted': {
    subject: 'Your account was deleted',
    lines: [
      'Your Holdfast account was deleted, as you asked. Your name, address and profile are gone.',
      'What the law makes us keep about payments no longer says who you are.',
    ],
  },
};

export function noticeMail(to: string, kind: NoticeKind): Mail {
  return compose(to, notices[kind].subject, notices[kind].lines);
}

function compose(to: string, subject: string, lines: string[]): Mail {
  const html = lines.map((text, index) =>
    index === 0 ? `<p><strong>${text}</strong></p>` : `<p>${text}</p>`,
  );
  return { to, subject, text: `${lines.join('\n\n')}\n`, html: html.join('\n') };
}
