import type { Sequence } from './action.ts';

/** At rest nothing that was promised is still owed, and nobody's money is where they cannot go on from. */
export async function promises({ world }: Sequence): Promise<string[]> {
  const { rows } = await world.outside.query<{ line: string }>(
    `
    select concat_ws(' ', 'an outbox task is left:', identifier, payload::text, last_error) as line
      from graphile_worker._private_jobs as jobs join graphile_worker._private_tasks as tasks on tasks.id = task_id
    union all
    select concat_ws(' ', 'an event was never applied:', id, type) from stripe_events where applied_at is null
    union all
    select concat_ws(' ', 'a payment hangs:', payments.id, payments.status, 'booking', bookings.state, failure_code)
      from payments join bookings on bookings.id = booking_id
      left join connected_accounts on connected_accounts.user_id = payments.contractor_id
      where case payments.status
        when 'pending' then true
        when 'held' then not (
          -- the customer or the contractor can go on
          (bookings.state = 'active' and refund_requested_at is null and release_requested_at is null)
          -- waits, visibly, for the contractor
          or (release_requested_at is not null and release_waits_for is not null and transfers_active is distinct from true)
          -- the bank refused the refund, which says so
          or (refund_requested_at is not null and failure_code is not null))
        else false end
    union all
    select concat_ws(' ', 'a payout hangs:', id, status) from payouts where status in ('pending', 'in_transit')
    union all
    select concat_ws(' ', 'a booking hangs:', id, state) from bookings where state in ('requested', 'confirmed', 'delivered')
    union all
    select concat_ws(' ', 'a job is booked by nobody:', jobs.id) from jobs where status = 'booked' and not exists (
      select from bookings where job_id = jobs.id and state in ('requested', 'confirmed', 'active', 'delivered'))`,
  );
  const { rows: events } = await world.outside.query<{ id: string }>('select id from stripe_events');
  const known = new Set(events.map((event) => event.id));
  const forgotten = [...world.mailroom.taken].filter((id) => !known.has(id));
  return [
    ...rows.map((row) => row.line),
    ...forgotten.map((id) => `a webhook was acknowledged and is not there: ${id}`),
  ];
}
