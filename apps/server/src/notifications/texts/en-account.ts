import { ifKnown } from './facts.ts';
import type { Texts } from './language.ts';

/** The safety of the account, and what admins have to look at. */
export const accountTexts = {
  'account.signed_in': (facts) => ({
    title: 'New sign-in to your account',
    message: `Somebody, probably you, signed in${ifKnown(facts.device, (one) => ` with ${one}`)}${ifKnown(facts.city, (one) => ` near ${one}`)}. If it was not you, change your password at once and end your other sessions.`,
  }),
  'account.password_changed': () => ({
    title: 'Your password was changed',
    message:
      'Other devices were signed out. If it was not you, ask for a new password on the sign-in page at once.',
  }),
  'account.email_changed': () => ({
    title: 'Your e-mail address was changed',
    message:
      'Your account has another e-mail address now, and the one before no longer opens it. If it was not you, write to our support at once.',
  }),
  'account.second_factor_on': () => ({
    title: 'Signing in takes a second factor now',
    message:
      'An authenticator app was added to your account, and other devices were signed out. If it was not you, write to our support at once.',
  }),
  'account.second_factor_off': () => ({
    title: 'Your second factor was removed',
    message:
      'The authenticator app no longer belongs to your account, and all devices were signed out. If you did not ask for that, write to our support at once.',
  }),
  'admin.chargeback': (facts) => ({
    title: `A bank has questioned a payment${ifKnown(facts.amount, (one) => ` of ${one}`)}`,
    message: `The payment is frozen, and the bank waits for an answer${ifKnown(facts.deadline, (when) => ` until ${when}`)}. A day before the time is over it is answered with what is known of the job.`,
  }),
  'admin.chargeback_returned': (facts) => ({
    title: `A bank has given${ifKnown(facts.amount, (one) => ` ${one}`) || ' money'} back after a chargeback was lost`,
    message: 'Nobody owns it until an admin says whose it is: settle the return of the chargeback.',
  }),
  'admin.fraud_warning': (facts) => ({
    title: `A bank warns of fraud${ifKnown(facts.amount, (one) => ` in a payment of ${one}`)}`,
    message:
      'The payment is frozen until an admin lifts it. A refund before the bank takes the money back saves the fee of a chargeback.',
  }),
  'admin.refund_failed': (facts) => ({
    title: `A refund${ifKnown(facts.amount, (one) => ` of ${one}`)} did not arrive`,
    message:
      "The bank sent it back, or our payment provider refused it. The money is with us and still the customer's: send it again or pay it by other means.",
  }),
} satisfies Partial<Texts>;
