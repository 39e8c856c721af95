import type { ScheduleInterval } from '@holdfast/contract';
import type { Generated, Selectable } from 'kysely';

export type PayoutTables = {
  former_accounts: {
    stripe_account_id: string;
    user_id: string;
    number: number;
    country: string;
    closed_at: Date;
    left_at: Date;
  };
  payout_schedules: {
    user_id: string;
    interval: ScheduleInterval;
    weekday: number | null;
    day_of_month: number | null;
    next_run_day: string | null;
    next_run_at: Date | null;
    last_run_day: Generated<string | null>;
    paused_at: Generated<Date | null>;
    paused_payout_id: Generated<string | null>;
    paused_banks_hash: Generated<string | null>;
    created_at: Date;
    updated_at: Date;
  };
};

export type ScheduleRow = Selectable<PayoutTables['payout_schedules']>;
