import type { BookingState, Currency } from '@holdfast/contract';
import type { Generated, Selectable } from 'kysely';

export type BookingTables = {
  bookings: {
    id: string;
    job_id: string;
    customer_id: string;
    contractor_id: string;
    application_id: string | null;
    price_minor: number;
    currency: Currency;
    message: string | null;
    request_key: Generated<string | null>;
    state: BookingState;
    answer_by: Date;
    pay_by: Generated<Date | null>;
    cancel_free_until: Generated<Date | null>;
    cancel_fee_basis_points: Generated<number>;
    release_at: Generated<Date | null>;
    delivery_note: Generated<string | null>;
    cancelled_by: Generated<'customer' | 'contractor' | 'platform' | null>;
    cancel_reason: Generated<string | null>;
    completed_by: Generated<'customer' | 'system' | 'platform' | null>;
    requested_at: Date;
    confirmed_at: Generated<Date | null>;
    active_at: Generated<Date | null>;
    delivered_at: Generated<Date | null>;
    completed_at: Generated<Date | null>;
    ended_at: Generated<Date | null>;
    updated_at: Date;
  };
};

export type BookingRow = Selectable<BookingTables['bookings']>;
