import type { Db, Tx } from '../db/connect.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';

/** The contractor's account as last read, or undefined before onboarding has begun. */
export function findAccount(db: Db | Tx, userId: string): Promise<ConnectedAccountRow | undefined> {
  return db.selectFrom('connected_accounts').selectAll().where('user_id', '=', userId).executeTakeFirst();
}

/** The same, locked until the transaction ends: whoever holds it is the only one who moves this contractor's balance. */
export function lockAccount(tx: Tx, userId: string): Promise<ConnectedAccountRow | undefined> {
  return tx
    .selectFrom('connected_accounts')
    .selectAll()
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
}

export function presentAccount(account: ConnectedAccountRow | undefined) {
  return {
    state: stateOf(account),
    stripeAccountId: account?.stripe_account_id ?? null,
    transfersActive: account?.transfers_active ?? false,
    payoutsEnabled: account?.payouts_enabled ?? false,
    requirementsDue: account?.requirements_due ?? [],
    disabledReason: account?.disabled_reason ?? null,
  };
}

type AccountState = 'none' | 'onboarding' | 'restricted' | 'ready' | 'closed';

function stateOf(account: ConnectedAccountRow | undefined): AccountState {
  if (account === undefined || account.stripe_account_id === null) return 'none';
  if (account.closed_at !== null) return 'closed';
  if (account.transfers_active && account.payouts_enabled) return 'ready';
  return account.details_submitted ? 'restricted' : 'onboarding';
}
