import { createHash } from 'node:crypto';
import type { Stripe } from '../vendors/stripe.ts';

/**
 * A hash of where an account's payouts go: it changes exactly when the contractor changes that. Left out is what Stripe
 * changes, such as the status of a bank account that has refused a payout.
 */
export function hashOfBanks(banks: readonly (Stripe.BankAccount | Stripe.Card)[]): string {
  const lines = banks.map((bank) => JSON.stringify(bank.object === 'card' ? cardOf(bank) : bankOf(bank)));
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

const bankOf = (bank: Stripe.BankAccount) => [
  bank.id,
  bank.currency,
  bank.country,
  bank.routing_number,
  bank.last4,
  bank.fingerprint,
  bank.account_holder_name,
  bank.account_holder_type,
  bank.account_type,
  bank.default_for_currency === true,
];

const cardOf = (card: Stripe.Card) => [
  card.id,
  card.currency,
  card.last4,
  card.exp_month,
  card.exp_year,
  card.name,
  card.default_for_currency === true,
];
