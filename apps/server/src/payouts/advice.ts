import type { PayoutFailure } from '@holdfast/contract';

/*
 * What the contractor should do about a withdrawal that failed, by Stripe's failure code or the code with which it
 * refused to begin. The codes are an open list.
 */

const dashboard = 'the link of POST /api/payouts/connect';
const another = `Add another bank account in the Stripe dashboard (${dashboard}), then withdraw again.`;
const correct = `Correct the bank account in the Stripe dashboard (${dashboard}), then withdraw again.`;
const askBank = `Ask your bank to let the payment in, or add another bank account in the Stripe dashboard (${dashboard}); then withdraw again.`;
const again = 'Withdraw again; if it fails again, ask your bank.';

const adviceByCode: Record<string, string> = {
  account_closed: another,
  no_account: correct,
  invalid_account_number: correct,
  incorrect_account_holder_name: correct,
  incorrect_account_holder_address: correct,
  incorrect_account_holder_tax_id: correct,
  incorrect_account_holder_details: correct,
  bank_ownership_changed: another,
  unsupported_card: another,
  invalid_currency: `Add a bank account that takes this currency in the Stripe dashboard (${dashboard}), then withdraw again.`,
  account_frozen: askBank,
  bank_account_restricted: askBank,
  debit_not_authorized: askBank,
  declined: askBank,
  could_not_process: again,
  // Stripe's own balance or that of the account at the moment at which it was sent.
  insufficient_funds: 'Look at your balance and withdraw again what is available.',
  balance_insufficient: 'Look at your balance and withdraw again what is available.',
  payouts_not_allowed: `Stripe has switched payouts off for your account. Open ${dashboard}, give what is missing, then withdraw again.`,
  account_invalid: 'Your Stripe account was closed or disconnected. POST /api/payouts/connect makes another.',
  canceled: 'It was cancelled before it went to the bank. Withdraw again if you still want to.',
};

const fallback = `Check the bank account in the Stripe dashboard (${dashboard}), then withdraw again.`;

export const adviceFor = (code: string): string =>
  Object.hasOwn(adviceByCode, code) ? adviceByCode[code]! : fallback;

/** The failure as the contractor sees it, of a payout that has one. */
export const presentFailure = (row: {
  failure_code: string;
  failure_message: string | null;
}): PayoutFailure => ({
  code: row.failure_code,
  message: row.failure_message ?? '',
  advice: adviceFor(row.failure_code),
});
