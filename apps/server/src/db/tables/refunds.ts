import type { Currency } from '@holdfast/contract';
import type { Generated, Selectable } from 'kysely';

export type RefundCause = 'cancellation' | 'late_payment' | 'dispute' | 'admin' | 'hold_limit';
export type RefundState = 'requested' | 'pending' | 'succeeded' | 'failed' | 'paid_otherwise' | 'superseded';
export type FreezeCause = 'dispute' | 'chargeback' | 'fraud_warning' | 'admin';

export type RefundTables = {
  refunds: {
    id: string;
    payment_id: string;
    amount_minor: number;
    currency: Currency;
    cause: RefundCause;
    status: RefundState;
    attempt: Generated<number>;
    stripe_refund_id: Generated<string | null>;
    is_sent: Generated<boolean>;
    failure_code: Generated<string | null>;
    failure_message: Generated<string | null>;
    admin_id: Generated<string | null>;
    note: Generated<string | null>;
    request_key: Generated<string | null>;
    requested_at: Date;
    completed_at: Generated<Date | null>;
    read_at: Date;
    updated_at: Date;
  };
  reversals: {
    id: string;
    payment_id: string;
    contractor_id: string;
    amount_minor: number;
    currency: Currency;
    stripe_transfer_id: string;
    stripe_reversal_id: Generated<string | null>;
    failure_code: Generated<string | null>;
    requested_at: Date;
    succeeded_at: Generated<Date | null>;
    given_up_at: Generated<Date | null>;
    read_at: Date;
  };
  payment_freezes: {
    id: string;
    payment_id: string;
    cause: FreezeCause;
    subject: string;
    reason: string;
    frozen_at: Date;
    lifted_at: Generated<Date | null>;
  };
  chargebacks: {
    id: string;
    payment_id: string;
    stripe_dispute_id: string;
    amount_minor: number;
    currency: Currency;
    reason: string;
    stripe_status: string;
    evidence_due_at: Date | null;
    evidence_sent_at: Generated<Date | null>;
    taken_minor: Generated<number>;
    restore_minor: Generated<number | null>;
    stripe_restore_id: Generated<string | null>;
    restored_at: Generated<Date | null>;
    contractor_lost_minor: Generated<number>;
    returned_minor: Generated<number>;
    settled_minor: Generated<number>;
    regained_minor: Generated<number>;
    opened_at: Date;
    outcome: Generated<'won' | 'lost' | 'inquiry_closed' | null>;
    closed_at: Generated<Date | null>;
    read_at: Date;
    updated_at: Date;
  };
};

export type RefundRow = Selectable<RefundTables['refunds']>;
export type FreezeRow = Selectable<RefundTables['payment_freezes']>;
export type ChargebackRow = Selectable<RefundTables['chargebacks']>;
