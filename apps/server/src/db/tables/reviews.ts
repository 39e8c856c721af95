import type { Generated, Selectable } from 'kysely';

export type ReviewTables = {
  reviews: {
    id: string;
    booking_id: string;
    job_id: string;
    author_id: string;
    subject_id: string;
    rating: number;
    text: string;
    visible_at: Date;
    counted_at: Generated<Date | null>;
    created_at: Date;
  };
};

export type ReviewRow = Selectable<ReviewTables['reviews']>;
