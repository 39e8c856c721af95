import type { ColumnType, Generated, Selectable } from 'kysely';

/** One thing that differs, and since when it is seen. Names rows and objects by id, no people. */
export type StoredDifference = {
  check: string;
  subject: string;
  detail: string;
  firstSeenAt: string;
  isFinding: boolean;
};

export type StoredCheck = {
  name: string;
  differences: number;
  /** Of them, what has lasted. */
  findings: number;
  incomplete: string | null;
  notRead: { subject: string; detail: string }[];
};

export type ReconciliationTables = {
  reconciliations: {
    id: string;
    requested_by: string | null;
    requested_at: Date;
    started_at: Generated<Date | null>;
    finished_at: Generated<Date | null>;
    is_complete: Generated<boolean | null>;
    findings: Generated<number | null>;
    unconfirmed: Generated<number | null>;
    checks: ColumnType<StoredCheck[] | null, string | null | undefined, string | null>;
    differences: ColumnType<StoredDifference[] | null, string | null | undefined, string | null>;
  };
};

export type ReconciliationRow = Selectable<ReconciliationTables['reconciliations']>;
