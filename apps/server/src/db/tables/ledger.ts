export type LedgerAccount =
  | 'platform_stripe'
  | 'connected_stripe'
  | 'bank_in_transit'
  | 'escrow'
  | 'contractor_balance'
  | 'payout_pending'
  | 'commission'
  | 'stripe_fees'
  | 'refund_payable'
  | 'chargebacks'
  | 'chargeback_reserve'
  | 'contractor_debt'
  | 'paid_outside'
  | 'losses';

export type LedgerTables = {
  ledger_entries: {
    id: string;
    cause: string;
    payment_id: string | null;
    payout_id: string | null;
    created_at: Date;
  };
  ledger_lines: {
    entry_id: string;
    position: number;
    account: LedgerAccount;
    user_id: string | null;
    payment_id: string | null;
    currency: string;
    amount_minor: number;
  };
};
