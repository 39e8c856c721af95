import { platformId } from '../engine/platform.ts';
import { insertBankAccount } from '../external-accounts/create.ts';
import type { Transaction } from '../store/transaction.ts';
import { newAccount } from './defaults.ts';
import { goodBankAccount } from './onboarding.ts';

/** Makes the platform's own account on the first start: an American one, complete. */
export function ensurePlatform(tx: Transaction): void {
  if (tx.find('account', platformId) !== undefined) return;
  const account = tx.insert('account', {
    id: platformId,
    // Nobody's, so that it does not stand in its own list of connected accounts.
    account: '',
    data: {
      ...newAccount(platformId, tx.now, 'US', 'usd'),
      business_type: 'company',
      charges_enabled: true,
      controller: { type: 'account' },
      details_submitted: true,
      email: 'platform@example.com',
      payouts_enabled: true,
      type: 'standard',
    },
    hidden: { stage: 'complete' },
  });
  const bank = insertBankAccount(tx, account, { number: goodBankAccount, makeDefault: true });
  account.data.external_accounts = { ...account.data.external_accounts, data: [structuredClone(bank.data)] };
}
