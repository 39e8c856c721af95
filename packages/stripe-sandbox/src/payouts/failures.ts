/** What Stripe's test bank accounts do to a payout. */
const byNumber: Record<string, string> = {
  '000111111116': 'no_account',
  '000111111113': 'account_closed',
  '000222222227': 'insufficient_funds',
  '000333333335': 'debit_not_authorized',
  '000444444440': 'invalid_currency',
};

const messages: Record<string, string> = {
  account_closed: 'The bank account has been closed.',
  could_not_process: 'The bank could not process this payout.',
  debit_not_authorized: 'Debit transactions are not approved on the bank account.',
  insufficient_funds: 'The account has insufficient funds to cover the payout.',
  invalid_currency: 'The bank was unable to process this payout because of its currency.',
  no_account: 'The bank account details on file are probably incorrect. No bank account could be located.',
};

export function failureOfNumber(number: string): string | undefined {
  return Object.hasOwn(byNumber, number) ? byNumber[number] : undefined;
}

export function messageOfFailure(code: string): string {
  return messages[code] ?? 'The payout could not be completed.';
}

export const failingBankAccounts = Object.entries(byNumber);
