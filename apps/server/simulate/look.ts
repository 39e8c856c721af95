import type { QueryResultRow } from 'pg';
import { personOf, type Sequence } from './action.ts';
import type { Person } from './people.ts';

/*
 * What the actions know of the world before they act. It is read from the database, past the server: at rest that is
 * the truth, and what a request may come to follows from it.
 */

export type Booked = {
  id: string;
  jobId: string;
  customerId: string;
  contractorId: string;
  state: string;
  answerBy: Date;
  payBy: Date | null;
  paymentId: string | null;
  paymentStatus: string | null;
  stripePaymentId: string | null;
  isRefunding: boolean;
  isReleasing: boolean;
  isFrozen: boolean;
  /** All of its money is held, and no dispute is open. */
  isDisputable: boolean;
};

export async function bookings(sequence: Sequence, states?: readonly string[]): Promise<Booked[]> {
  const { rows } = await sequence.world.outside.query<Booked>(
    `select bookings.id, bookings.job_id as "jobId", bookings.customer_id as "customerId",
      bookings.contractor_id as "contractorId", state, answer_by as "answerBy", pay_by as "payBy",
      payments.id as "paymentId", payments.status as "paymentStatus", stripe_payment_id as "stripePaymentId",
      refund_requested_at is not null as "isRefunding", release_requested_at is not null as "isReleasing",
      exists (select from payment_freezes where payment_id = payments.id and lifted_at is null) as "isFrozen",
      state in ('active', 'delivered') and coalesce(payments.status = 'held' and refunded_minor < amount_minor, false) and not exists (
        select from disputes where booking_id = bookings.id and state in ('open', 'answered')) as "isDisputable"
    from bookings left join payments on payments.booking_id = bookings.id and payments.status <> 'failed'
    where $1::text[] is null or state = any($1) order by requested_at, bookings.id`,
    [states ?? null],
  );
  return rows;
}

export type Posted = { id: string; customerId: string; status: string; currency: string; budget: number };

export async function jobs(sequence: Sequence, status: string): Promise<Posted[]> {
  const { rows } = await sequence.world.outside.query<Posted>(
    `select id, customer_id as "customerId", status, currency, budget_minor as budget
    from jobs where status = $1 order by created_at, id`,
    [status],
  );
  return rows;
}

export type Applied = { id: string; jobId: string; contractorId: string; customerId: string };

export async function openApplications(sequence: Sequence): Promise<Applied[]> {
  const { rows } = await sequence.world.outside.query<Applied>(
    `select applications.id, job_id as "jobId", contractor_id as "contractorId", customer_id as "customerId"
    from applications join jobs on jobs.id = job_id
    where applications.status = 'open' and jobs.status = 'open' order by applications.created_at, applications.id`,
  );
  return rows;
}

export type Account = { contractorId: string; stripeAccountId: string; canPayOut: boolean };

export async function accounts(sequence: Sequence): Promise<Account[]> {
  const { rows } = await sequence.world.outside.query<Account>(
    `select user_id as "contractorId", stripe_account_id as "stripeAccountId", payouts_enabled as "canPayOut"
    from connected_accounts where stripe_account_id is not null order by created_at, user_id`,
  );
  return rows;
}

export type Paid = { id: string; stripePayoutId: string; status: string; contractorId: string };

export async function sentPayouts(sequence: Sequence): Promise<Paid[]> {
  const { rows } = await sequence.world.outside.query<Paid>(
    `select id, stripe_payout_id as "stripePayoutId", status, contractor_id as "contractorId" from payouts
    where stripe_payout_id is not null order by requested_at, id`,
  );
  return rows;
}

/** Contractors to whom released money is owed. */
export async function peopleWithMoney(sequence: Sequence): Promise<Person[]> {
  const { rows } = await sequence.world.outside.query<{ id: string }>(
    `select user_id as id from ledger_lines where account = 'contractor_balance'
    group by user_id having sum(amount_minor) < 0 order by user_id`,
  );
  return rows.map((row) => personOf(sequence, row.id));
}

export async function rowsOf<T extends object = { id: string }>(
  sequence: Sequence,
  query: string,
): Promise<T[]> {
  return (await sequence.world.outside.query<T & QueryResultRow>(query)).rows;
}

/** Payments whose money came in; `left` is what has not gone back, minor units. */
export const paidPayments = (sequence: Sequence) =>
  rowsOf<{ id: string; chargeId: string; currency: string; left: number }>(
    sequence,
    `select id, stripe_charge_id as "chargeId", currency, (amount_minor - refunded_minor)::int as left from payments
    where stripe_charge_id is not null order by created_at, id`,
  );

export const openApprovals = (sequence: Sequence) =>
  rowsOf(sequence, 'select id from approvals where decision is null order by requested_at, id');

export type Disputed = {
  id: string;
  openedBy: 'customer' | 'contractor';
  sides: [string, string];
  currency: string;
  /** What a decision is about, minor units. */
  left: number;
  isFrozenOtherwise: boolean;
};

export const openDisputes = (sequence: Sequence) =>
  rowsOf<Disputed>(
    sequence,
    `select disputes.id, opened_by as "openedBy", array[disputes.customer_id, disputes.contractor_id] as sides, currency,
      (amount_minor - refunded_minor)::int as left, exists (select from payment_freezes
        where payment_freezes.payment_id = payments.id and lifted_at is null and subject <> disputes.id) as "isFrozenOtherwise"
    from disputes join payments on payments.id = payment_id
    where state in ('open', 'answered') order by opened_at, disputes.id`,
  );

/** Whether a refusal may come of that. */
export const isAnybodySuspended = async (sequence: Sequence) =>
  (await rowsOf(sequence, 'select id from users where suspended_at is not null limit 1')).length > 0;
