import { sql } from 'kysely';
import type { Tx } from '../db/connect.ts';

/** Whether any payment or payout of this person is not settled yet: then the account cannot be deleted. */
export async function hasUnsettledMoney(tx: Tx, userId: string): Promise<boolean> {
  const { rows } = await sql<{ unsettled: boolean }>`
    select exists (select from payments where (customer_id = ${userId} or contractor_id = ${userId}) and status in ('pending', 'held'))
      or exists (select from payments where contractor_id = ${userId} and status = 'released')
      or exists (select from refunds join payments on payments.id = payment_id where customer_id = ${userId} and refunds.status in ('requested', 'pending', 'failed'))
      or exists (select from chargebacks join payments on payments.id = payment_id where (customer_id = ${userId} or contractor_id = ${userId}) and outcome is null)
      or exists (select from ledger_lines where user_id = ${userId} and account = 'contractor_debt' group by currency having sum(amount_minor) > 0)
      or exists (select from ledger_lines where user_id = ${userId} and account = 'chargeback_reserve' group by currency having sum(amount_minor) < 0)
      or exists (select from ledger_lines where user_id = ${userId} and account = 'contractor_balance' group by currency having sum(amount_minor) < 0)
      or exists (select from payouts where contractor_id = ${userId} and status in ('pending', 'in_transit')) as unsettled`.execute(
    tx,
  );
  return rows[0]!.unsettled;
}

/** Whether all money of this booking is where it stays: none was paid, or it is released or back, and nobody asks. */
export async function isBookingSettled(tx: Tx, bookingId: string): Promise<boolean> {
  const { rows } = await sql<{ settled: boolean }>`
    select not exists (
      select from payments where booking_id = ${bookingId} and (status in ('pending', 'held')
        or exists (select from refunds where payment_id = payments.id and refunds.status in ('requested', 'pending', 'failed'))
        or exists (select from chargebacks where payment_id = payments.id and outcome is null)
        or exists (select from payment_freezes where payment_id = payments.id and lifted_at is null))
    ) as settled`.execute(tx);
  return rows[0]!.settled;
}
