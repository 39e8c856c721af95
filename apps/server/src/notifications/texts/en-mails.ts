import type { MailWords } from './language.ts';

export const mails: MailWords = {
  buttons: {
    job: 'Open the job',
    booking: 'Open the booking',
    room: 'Open the chat',
    payment: 'Open the payment',
    payouts: 'Open your payouts',
    dispute: 'Open the dispute',
    reviews: 'Read the review',
    security: 'Check your account',
    admin: 'Have a look',
    home: 'See all of it',
  },
  reason: (platform, label) =>
    `You get this mail because you have an account at ${platform} and want to be told of ${label}.`,
  reasonOfSummary: (platform) =>
    `You get this mail because you have an account at ${platform} and asked us to tell you several things at once.`,
  reasonOfSecurity: (platform) =>
    `You get this mail because it is about the safety of your account at ${platform}. Such mails cannot be switched off.`,
  reasonOfLetter: (platform) =>
    `You get this mail because somebody, probably you, gave this address to ${platform}.`,
  unsubscribe: 'No more e-mails of this kind',
  codes: {
    'verify-email': {
      subject: 'Confirm your e-mail address',
      lines: ['Enter it to confirm that this address is yours.'],
    },
    'reset-password': {
      subject: 'Set a new password',
      lines: ['Enter it to set a new password. All your devices will be signed out.'],
    },
    'change-email': {
      subject: 'Confirm your new e-mail address',
      lines: ['Enter it to make this the address of your account.'],
    },
  },
  yourCode: (platform) => `Your ${platform} code is`,
  codeAdvice: (platform) => [
    `It works once, within ten minutes. Nobody from ${platform} will ever ask you for it.`,
    'If you did not ask for this code, ignore this mail.',
  ],
  alreadyRegistered: (platform) => ({
    subject: 'You already have an account',
    lines: [
      `Somebody, probably you, tried to use this address for an account at ${platform}. It has one already.`,
      'Sign in as usual. If you forgot your password, ask for a new one on the sign-in page.',
      'If it was not you, there is nothing to do: your account is unchanged.',
    ],
  }),
  accountDeleted: (platform) => ({
    subject: 'Your account was deleted',
    lines: [
      `Your account at ${platform} was deleted, as you asked. Your name, address and profile are gone.`,
      'What the law makes us keep about payments no longer says who you are.',
    ],
  }),
  unsubscribing: {
    title: 'E-mails',
    question: (platform, what) => `Shall ${platform} no longer send you e-mails about ${what}?`,
    button: 'Yes, no more of these',
    done: (platform, what) => `Done. ${platform} no longer sends you e-mails about ${what}.`,
    stays:
      'You still find everything in the list in the app, and can switch e-mails on again in its settings.',
    everything: 'anything but the safety of your account',
  },
};
