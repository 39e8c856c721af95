import { type Facts, ifKnown } from './facts.ts';
import type { Texts } from './language.ts';

const job = (facts: Facts, otherwise = 'your job') => ifKnown(facts.job, (one) => `“${one}”`) || otherwise;
const amount = (facts: Facts) => facts.amount ?? 'Your money';

const whatToDo = {
  customer: 'Mark the job complete, or say what is wrong',
  contractor: 'Deliver the work, or finish your payout account',
  either: 'Deliver the work, mark the job complete, or finish your payout account',
};

/** Payments, what a bank takes back, and withdrawals. */
export const moneyTexts = {
  'payment.received': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `${facts.person ?? 'The customer'} has paid for ${job(facts)}`,
          message: `${facts.amount ?? 'The money'} is held for you: you can begin. It is released when the work is accepted.`,
        }
      : {
          title: `Your payment for ${job(facts)} has arrived`,
          message: `We hold ${facts.amount ?? 'it'} until the work is done and you are content${ifKnown(facts.person, (one) => `; ${one} can begin now`)}.`,
        },
  'payment.released': (facts) =>
    facts.side === 'customer'
      ? {
          title: `Your payment for ${job(facts)} was released`,
          message: `${facts.amount ?? 'The money'} went to ${facts.person ?? 'the contractor'}. You find the receipt with the payment.`,
        }
      : {
          title: `${amount(facts)} for ${job(facts)} was released to you`,
          message: 'It is on your balance. Withdraw it to your bank whenever you like.',
        },
  'payment.refunded': (facts) =>
    facts.side === 'contractor'
      ? {
          title: `The payment for ${job(facts)} was refunded`,
          message: `${facts.amount ?? 'Money'} goes back to ${facts.person ?? 'the customer'}. You find what that means for you with your balance.`,
        }
      : {
          title: `${amount(facts)} for ${job(facts)} goes back to you`,
          message: 'The refund is on its way to the card that paid. Banks take five to ten days to show it.',
        },
  'payment.hold_ending': (facts) => ({
    title: `The money for ${job(facts, 'one of your bookings')} cannot be held much longer`,
    message: `${whatToDo[facts.side ?? 'either']}${ifKnown(facts.deadline, (when) => `, by ${when}`)}. If nothing happens, the platform decides by its rules.`,
  }),
  'refund.failed': (facts) => ({
    title: `Your refund${ifKnown(facts.amount, (one) => ` of ${one}`)} did not reach your bank`,
    message:
      'Your bank has sent it back to us. The money is still yours and we look after it. If your card was replaced, tell our support where it shall go.',
  }),
  'chargeback.opened': (facts) => ({
    title: `A bank has questioned the payment for ${job(facts, 'one of your bookings')}`,
    message: `${facts.amount ?? 'The money'} stays where it is, or was taken back, until the bank has decided. Keep what proves that the work was done: we answer the bank with it.`,
  }),
  'chargeback.decided': (facts) => ({
    title: `The bank has decided about the payment for ${job(facts, 'one of your bookings')}`,
    message: 'You find what that means for your money with the payment and your balance.',
  }),
  'payout.paid': (facts) => ({
    title: `${amount(facts)} was paid to your bank`,
    message: 'Your withdrawal has arrived. Some banks take another day to show it.',
  }),
  'payout.failed': (facts) => ({
    title: `Your withdrawal${ifKnown(facts.amount, (one) => ` of ${one}`)} failed`,
    message:
      'Your bank did not take it, and the money is back on your balance. Check your bank details, then withdraw again.',
  }),
  'payout.onboarding': () => ({
    title: 'Your payout account needs something from you',
    message:
      'Until our payment provider has it, we cannot pay you out. Open your payouts and complete what is missing.',
  }),
} satisfies Partial<Texts>;
