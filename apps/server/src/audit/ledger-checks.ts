import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Check, Finding } from './findings.ts';

/** Checks inside our own database: the ledger in itself, and the ledger against the rows it explains. */
export const ledgerChecks: Check[] = [
  check(
    'every ledger entry balances, per currency',
    sql<Finding>`select entry_id as subject, currency || ' is off by ' || sum(amount_minor) as detail
      from ledger_lines group by entry_id, currency having sum(amount_minor) <> 0`,
  ),
  check(
    'debits equal credits over the whole ledger, per currency',
    sql<Finding>`select currency as subject, 'off by ' || sum(amount_minor) as detail
      from ledger_lines group by currency having sum(amount_minor) <> 0`,
  ),
  check(
    'no balance is negative: not an escrow, not a contractor, not a payout',
    sql<Finding>`select concat_ws(' ', account, user_id, payment_id, currency) as subject, 'stands at ' || sum(amount_minor) as detail from (
        select account, user_id, case when account = 'escrow' then payment_id end as payment_id, currency, amount_minor from ledger_lines
        where account in ('escrow', 'contractor_balance', 'payout_pending', 'connected_stripe', 'bank_in_transit')
      ) as lines group by account, user_id, payment_id, currency
      having sum(amount_minor) * case when account in ('connected_stripe', 'bank_in_transit') then 1 else -1 end < 0`,
  ),
  check(
    'per payment: captured = held + released + commission + refunded',
    sql<Finding>`select payments.id as subject, payments.status || ', but the ledger has escrow ' || coalesce(-escrow, 0)
        || ', contractor ' || coalesce(-contractor, 0) || ', commission ' || coalesce(-commission, 0) as detail
      from payments left join (
        select payment_id,
          sum(amount_minor) filter (where account = 'escrow') as escrow,
          sum(amount_minor) filter (where account = 'contractor_balance') as contractor,
          sum(amount_minor) filter (where account = 'commission') as commission
        from ledger_lines where payment_id is not null group by payment_id
      ) as booked on payment_id = payments.id
      where (coalesce(-escrow, 0), coalesce(-contractor, 0), coalesce(-commission, 0)) <> case
        when status = 'held' then (amount_minor::numeric, 0::numeric, 0::numeric)
        when status in ('released', 'withdrawn') then (0::numeric, (amount_minor - commission_minor)::numeric, commission_minor::numeric)
        else (0::numeric, 0::numeric, 0::numeric) end`,
  ),
  check(
    'every payment that took money has its capture in the ledger, and no other has',
    sql<Finding>`select coalesce(payments.id, ledger_entries.payment_id) as subject,
        coalesce(payments.status, 'no payment') || case when ledger_entries.id is null then ' without a capture' else ' with a capture' end as detail
      from payments full join ledger_entries on ledger_entries.cause = 'capture:' || payments.id
      where (payments.id is not null or ledger_entries.cause like 'capture:%')
        and (ledger_entries.id is not null) is distinct from (payments.held_at is not null)`,
  ),
  check(
    'what is owed to a contractor is what was released less what was paid out',
    sql<Finding>`select concat_ws(' ', person, currency) as subject, 'ledger ' || sum(ledger) || ', rows ' || sum(owed) as detail from (
        select user_id as person, currency, -sum(amount_minor) as ledger, 0 as owed from ledger_lines
        where account = 'contractor_balance' group by user_id, currency
        union all
        select contractor_id, currency, 0, sum(amount_minor - commission_minor) from payments
        where status in ('released', 'withdrawn') group by contractor_id, currency
        union all
        select contractor_id, currency, 0, -sum(amount_minor) from payouts
        where status in ('pending', 'in_transit', 'paid') group by contractor_id, currency
      ) as sides group by person, currency having sum(ledger) <> sum(owed)`,
  ),
  check(
    'what is withdrawn was covered by payouts, oldest release first',
    sql<Finding>`with paid as (
        select contractor_id, currency, sum(amount_minor) as total from payouts where status = 'paid' group by contractor_id, currency
      ), ordered as (
        select id, status, contractor_id, currency,
          sum(amount_minor - commission_minor) over (partition by contractor_id, currency order by released_at, id) as needed
        from payments where status in ('released', 'withdrawn')
      )
      select ordered.id as subject, status || ', payouts cover ' || coalesce(total, 0) || ' of ' || needed as detail
      from ordered left join paid using (contractor_id, currency)
      where (status = 'withdrawn') <> (needed <= coalesce(total, 0))`,
  ),
  check(
    'a booking is active, delivered or completed exactly if its money is in',
    sql<Finding>`select bookings.id as subject, bookings.state || ' with ' || coalesce(payments.status, 'no payment') as detail
      from bookings left join payments on payments.booking_id = bookings.id and payments.status <> 'failed'
      where (bookings.state in ('active', 'delivered')) <> (coalesce(payments.status, '') = 'held'
          and payments.refund_requested_at is null and payments.release_requested_at is null)
        or (bookings.state = 'completed') <> (payments.release_requested_at is not null)`,
  ),
];

function check(name: string, query: ReturnType<typeof sql<Finding>>): Check {
  return { name, run: async (ctx: Ctx) => (await query.execute(ctx.db)).rows };
}
