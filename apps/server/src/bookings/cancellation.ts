import { amountStepMinor } from '@holdfast/contract';
import { sql } from 'kysely';
import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { BookingRow } from '../db/tables/bookings.ts';

export type CancellationTerms = Pick<BookingRow, 'cancel_free_until' | 'cancel_fee_basis_points'>;

/**
 * The terms of cancelling for a booking that is confirmed now: free until so many hours before the wished day begins
 * where the customer is. A job without a wished day can be cancelled free until delivery.
 */
export async function cancellationTerms(ctx: Ctx, tx: Tx, jobId: string): Promise<CancellationTerms> {
  const { rows } = await sql<{ begins_at: Date | null }>`
    select wished_date::timestamp at time zone users.time_zone as begins_at
    from jobs join users on users.id = jobs.customer_id where jobs.id = ${jobId}`.execute(tx);
  const beginsAt = rows[0]?.begins_at ?? null;
  return {
    cancel_free_until: beginsAt === null ? null : addMs(beginsAt, -ctx.config.cancellationFreeHours * hourMs),
    cancel_fee_basis_points: beginsAt === null ? 0 : ctx.config.cancellationFeeBasisPoints,
  };
}

/** What a customer who cancels late pays, minor units: rounded down to what the currency can pay out. */
export function cancellationFeeMinor(
  booking: Pick<BookingRow, 'price_minor' | 'currency' | 'cancel_fee_basis_points'>,
): number {
  const step = amountStepMinor(booking.currency);
  return Math.floor((booking.price_minor * booking.cancel_fee_basis_points) / (10_000 * step)) * step;
}
