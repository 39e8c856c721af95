import type { ColumnType, Generated } from 'kysely';

export type FoundationTables = {
  idempotency_keys: {
    user_id: string;
    key: string;
    request_hash: Buffer;
    status_code: Generated<number | null>;
    response: ColumnType<unknown, string | undefined, string | null>;
    leased_until: Date;
    created_at: Date;
  };
  rate_limits: { key: string; window_ends_at: Date; taken: number };
  outbox_workers: { worker_id: string; lock_id: number };
};
