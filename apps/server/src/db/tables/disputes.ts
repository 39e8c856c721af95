import type { DisputeDecision, DisputeReason, DisputeState } from '@holdfast/contract';
import type { Generated, Selectable } from 'kysely';

export type Side = 'customer' | 'contractor';

export type DisputeTables = {
  disputes: {
    id: string;
    booking_id: string;
    payment_id: string;
    customer_id: string;
    contractor_id: string;
    opened_by: Side;
    reason: DisputeReason;
    description: string;
    state: DisputeState;
    answer_by: Date;
    decide_by: Date;
    decision: Generated<DisputeDecision | null>;
    refund_minor: Generated<number | null>;
    decided_by: Generated<'admin' | 'rules' | 'concession' | null>;
    admin_id: Generated<string | null>;
    decision_note: Generated<string | null>;
    opened_at: Date;
    answered_at: Generated<Date | null>;
    closed_at: Generated<Date | null>;
  };
  dispute_evidence: {
    id: string;
    dispute_id: string;
    side: Side;
    kind: 'text' | 'file';
    text: string;
    file_name: Generated<string | null>;
    created_at: Date;
  };
};

export type DisputeRow = Selectable<DisputeTables['disputes']>;
export type EvidenceRow = Selectable<DisputeTables['dispute_evidence']>;
