import type { ColumnType, Generated } from 'kysely';

export type Details = Record<string, unknown>;

export type AdminTables = {
  admin_actions: {
    seq: number;
    id: string;
    admin_id: string | null;
    action: string;
    subject: string;
    details: ColumnType<Details, string, never>;
    created_at: Date;
    previous_hash: Buffer;
    hash: Buffer;
  };
  approvals: {
    id: string;
    action: string;
    subject: string;
    details: ColumnType<Details, string, never>;
    requested_by: string;
    requested_at: Date;
    expires_at: Date;
    decision: Generated<'approved' | 'rejected' | 'expired' | null>;
    decided_by: Generated<string | null>;
    decided_at: Generated<Date | null>;
  };
};
