import { addMs, dayMs, hourMs } from '../src/clock.ts';
import type { Sequence } from './action.ts';
import { holdLimitDays } from './world.ts';

/** `$2`: what was let go by the last sweeps comes with the next ones. */
const ofDisputes = `
  select concat_ws(' ', 'a dispute hangs:', disputes.id, state) from disputes where state in ('open', 'answered')
    and not exists (select from payment_freezes where payment_freezes.payment_id = disputes.payment_id
      and (lifted_at is null or lifted_at >= $2) and subject <> disputes.id)
  union all
  select concat_ws(' ', 'completed while it was disputed:', bookings.id, completed_by) from disputes
    join bookings on bookings.id = booking_id where opened_at <= completed_at and (closed_at is null or completed_at < closed_at)
  union all
  select concat_ws(' ', 'the freeze of a dispute that has ended is left:', disputes.id) from disputes
    join payment_freezes on subject = disputes.id and lifted_at is null where state in ('decided', 'withdrawn')`;

const ofBookings = `
  select concat_ws(' ', 'a booking hangs:', bookings.id, state) from bookings where state in ('requested', 'confirmed')
    -- frozen, or so until a moment ago: the next sweep completes it
    or (state = 'delivered' and not exists (select from payment_freezes join payments on payments.id = payment_id
      where booking_id = bookings.id and (lifted_at is null or lifted_at >= $2)))
  union all
  select concat_ws(' ', 'a job is booked by nobody:', jobs.id) from jobs where status = 'booked' and not exists (
    select from bookings where job_id = jobs.id and state in ('requested', 'confirmed', 'active', 'delivered'))`;

/** At rest nothing that was promised is still owed, and nobody's money is where they cannot go on from. */
export async function promises({ world }: Sequence): Promise<string[]> {
  const anHourAgo = addMs(world.life.ctx.clock.now(), -hourMs);
  const { rows } = await world.outside.query<{ line: string }>(
    `
    select concat_ws(' ', 'an outbox task is left:', identifier, payload::text, last_error) as line
      from graphile_worker._private_jobs as jobs join graphile_worker._private_tasks as tasks on tasks.id = task_id
      -- the platform has to pay money in first
      where last_error is null or last_error not like '%balance_insufficient%'
    union all
    select concat_ws(' ', 'an event was never applied:', id, type) from stripe_events where applied_at is null
    union all
    select concat_ws(' ', 'a payment hangs:', payments.id, payments.status, 'booking', bookings.state, failure_code)
      from payments join bookings on bookings.id = booking_id
      left join connected_accounts on connected_accounts.user_id = payments.contractor_id
      where case payments.status
        when 'pending' then true
        when 'held' then not (
          -- somebody can go on: the two, or whoever may lift what stops it
          (bookings.state in ('active', 'delivered') and refunded_minor < amount_minor and release_requested_at is null)
          or exists (select from payment_freezes where payment_id = payments.id and lifted_at is null)
          -- waits, visibly, for the contractor
          or (release_waits_for = 'contractor_onboarding' and transfers_active is distinct from true)
          -- the bank refused the refund: an admin sees it among the failed ones; or it is on its way
          or exists (select from refunds where payment_id = payments.id and (status = 'failed' or requested_at >= $2)))
        else false end
    union all
    select concat_ws(' ', 'a refund hangs:', id, status, failure_code) from refunds
      where status in ('requested', 'pending') and requested_at < $2
    union all
    select concat_ws(' ', 'a chargeback hangs:', id, stripe_status, outcome) from chargebacks
      where outcome is null and stripe_status not like 'warning%' and stripe_status <> 'under_review'
    union all
    select concat_ws(' ', 'what a chargeback took is not given back:', chargebacks.id) from chargebacks
      join payments on payments.id = payment_id join connected_accounts on user_id = contractor_id
      where restore_minor > 0 and restored_at is null and transfers_active and not exists (
        select from stripe_calls where stripe_calls.id = 'restore:' || chargebacks.id and last_error like '%balance_insufficient')
    union all
    select concat_ws(' ', 'a payout hangs:', id, status) from payouts where status in ('pending', 'in_transit')
      -- how it ends on a closed account nobody can read
      and not exists (select from connected_accounts where user_id = contractor_id and closed_at is not null)
    union all ${ofDisputes}
    union all
    select concat_ws(' ', 'money is held beyond the limit:', payments.id, held_at) from payments
      where status = 'held' and contractor_minor > 0 and held_at < $1
      and (release_requested_at is null or release_requested_at < $2)
      and not exists (select from payment_freezes where payment_id = payments.id and (lifted_at is null or lifted_at >= $2))
      and not exists (select from refunds where payment_id = payments.id and refunds.status = 'failed')
    union all ${ofBookings}`,
    [addMs(anHourAgo, -holdLimitDays * dayMs), anHourAgo],
  );
  const { rows: events } = await world.outside.query<{ id: string }>('select id from stripe_events');
  const known = new Set(events.map((event) => event.id));
  const forgotten = [...world.mailroom.taken].filter((id) => !known.has(id));
  return [
    ...rows.map((row) => row.line),
    ...forgotten.map((id) => `a webhook was acknowledged and is not there: ${id}`),
  ];
}
