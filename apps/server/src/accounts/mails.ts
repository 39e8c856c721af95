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
  'password-changed': {
    subject: 'Your password was changed',
    lines: [
      'The password of your Holdfast account was changed, and other devices were signed out.',
      'If it was not you, ask for a new password on the sign-in page at once.',
    ],
  },
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
  'second-factor-on': {
    subject: 'Signing in takes a second factor now',
    lines: [
      'An authenticator app was added to your Holdfast account, and other devices were signed out.',
      'If it was not you, write to our support at once.',
    ],
  },
  'second-factor-off': {
    subject: 'Your second factor was removed',
    lines: [
      'The authenticator app no longer belongs to your Holdfast account, and all devices were signed out.',
      'If you did not ask for that, write to our support at once.',
    ],
  },
  'hold-ends-soon': {
    subject: 'Money of yours is held and cannot be held much longer',
    lines: [
      'A payment for one of your bookings at Holdfast has been held for long, and the time for that is limited.',
      'Look at your bookings: deliver the work, mark the job complete, or finish your payout account.',
      'If nothing happens, the platform decides by its rules when the time is over.',
    ],
  },
  'dispute-opened': {
    subject: 'A dispute was opened about one of your bookings',
    lines: [
      'The money of this booking stays where it is until the dispute is decided.',
      'Look at your bookings, say what happened, and add what proves it, before the time for that is over.',
    ],
  },
  'dispute-answered': {
    subject: 'There is an answer in your dispute',
    lines: ['Look at the dispute, and add what is missing. The platform decides when both sides were heard.'],
  },
  'dispute-decided': {
    subject: 'Your dispute was decided',
    lines: ['The money moves as decided. You find the decision and its reason with your booking.'],
  },
  'dispute-withdrawn': {
    subject: 'A dispute about one of your bookings was withdrawn',
    lines: ['The booking goes on where it was. Delivered work can be looked at for another day at least.'],
  },
  'chargeback-opened': {
    subject: "The customer's bank has questioned a payment",
    lines: [
      'The money of this booking stays where it is, or was taken back, until the bank has decided.',
      'Keep what proves that the work was done: the platform answers the bank with it.',
    ],
  },
  'chargeback-decided': {
    subject: "The customer's bank has decided about a payment",
    lines: ['You find what that means for your money with your payment and your balance.'],
  },
  'refund-failed': {
    subject: 'Your refund did not reach your bank',
    lines: [
      'Your bank has sent a refund back to us. The money is still yours, and the platform looks after it.',
      'You need not do anything; if your card was replaced, tell our support where the money shall go.',
    ],
  },
  'admins-chargeback': {
    subject: 'A bank has questioned a payment',
    lines: [
      'The payment is frozen. The bank waits for an answer: see /api/admin/chargebacks.',
      'A day before the time is over it is answered with what is known of the job.',
    ],
  },
  'admins-chargeback-returned': {
    subject: 'A bank has given money back after a chargeback was lost',
    lines: ['Nobody owns it until an admin says whose it is: see /api/admin/chargebacks, settle-return.'],
  },
  'admins-fraud-warning': {
    subject: 'A bank warns of fraud',
    lines: [
      'The payment is frozen until an admin lifts it: see /api/admin/payments.',
      'A refund before the bank takes the money back saves the fee of a chargeback.',
    ],
  },
  'admins-refund-failed': {
    subject: 'A refund did not arrive',
    lines: [
      "The bank sent it back, or Stripe refused it. The money is with us and still the customer's.",
      'Send it again or pay it by other means: see /api/admin/refunds?status=failed.',
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
