import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Check, Finding } from './findings.ts';

/** Checks inside our own database: the ledger in itself, and against the rows it explains, and these against each other. */
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
    'nothing is negative: not an escrow, not what is owed to anybody, not what anybody owes',
    sql<Finding>`select concat_ws(' ', account, user_id, payment_id, currency) as subject, 'stands at ' || sum(amount_minor) as detail from (
        select account, user_id, currency, amount_minor,
          case when account in ('escrow', 'refund_payable', 'chargebacks', 'chargeback_reserve') then payment_id end as payment_id
        from ledger_lines where account not in ('platform_stripe', 'commission', 'stripe_fees', 'paid_outside', 'losses')
      ) as lines group by account, user_id, payment_id, currency
      having sum(amount_minor) * case when account in
        ('connected_stripe', 'bank_in_transit', 'chargebacks', 'contractor_debt') then 1 else -1 end < 0`,
  ),
  check(
    'per payment: captured = held + released + commission + refunded, and of that what was regained from a bank',
    sql<Finding>`select payments.id as subject, payments.status || ', but the ledger has escrow ' || coalesce(-escrow, 0)
        || ', contractor ' || coalesce(-contractor, 0) || ', commission ' || coalesce(-commission, 0) as detail
      from payments left join (
        select payment_id,
          sum(amount_minor) filter (where account = 'escrow') as escrow,
          sum(amount_minor) filter (where account in ('contractor_balance', 'contractor_debt', 'chargeback_reserve')) as contractor,
          sum(amount_minor) filter (where account = 'commission') as commission
        from ledger_lines where payment_id is not null group by payment_id
      ) as booked on booked.payment_id = payments.id
      left join (select payment_id, sum(regained_minor) as regained from chargebacks group by payment_id) as bank on bank.payment_id = payments.id
      where (coalesce(-escrow, 0), coalesce(-contractor, 0) - coalesce(regained, 0), coalesce(-commission, 0)) <> case
        when released_at is not null then (0::numeric, contractor_minor::numeric, commission_minor::numeric)
        when held_at is not null then ((amount_minor - refunded_minor)::numeric, 0::numeric, 0::numeric)
        else (0::numeric, 0::numeric, 0::numeric) end`,
  ),
  check(
    'what is owed to customers is the refunds that have not been sent',
    sql<Finding>`select payment_id as subject, 'ledger ' || sum(ledger) || ', refunds ' || sum(owed) as detail from (
        select payment_id, -amount_minor as ledger, 0 as owed from ledger_lines where account = 'refund_payable'
        union all
        select payment_id, 0, amount_minor from refunds
        where not is_sent and status not in ('paid_otherwise', 'superseded')
      ) as sides group by payment_id having sum(ledger) <> sum(owed)`,
  ),
  check(
    'refunds and lost chargebacks are what payments say has gone back',
    sql<Finding>`select payments.id as subject, 'payment ' || refunded_minor || ', refunds ' || coalesce(refunded, 0)
        || ', chargebacks ' || coalesce(lost, 0) as detail
      from payments
      left join (select payment_id, sum(amount_minor) as refunded from refunds where status <> 'superseded' group by payment_id) as back
        on back.payment_id = payments.id
      left join (select payment_id, sum(amount_minor) as lost from chargebacks where outcome = 'lost' group by payment_id) as taken
        on taken.payment_id = payments.id
      where refunded_minor not between least(amount_minor, coalesce(refunded, 0))
        and least(amount_minor, coalesce(refunded, 0) + coalesce(lost, 0))
        or status = 'refunded' and refunded_minor <> amount_minor`,
  ),
  check(
    'what a bank has is what its open chargebacks are about, and what is kept for them was taken',
    sql<Finding>`select chargebacks.payment_id as subject, 'kept ' || coalesce(kept, 0) || ', taken ' || sum(taken) as detail from (
        select payment_id, case
          when outcome is null then taken_minor
          when restored_at is null then coalesce(restore_minor, 0) else 0 end as taken from chargebacks
      ) as chargebacks left join (
        select payment_id, -sum(amount_minor) as kept from ledger_lines where account = 'chargeback_reserve' group by payment_id
      ) as reserve using (payment_id)
      group by chargebacks.payment_id, kept having coalesce(kept, 0) <> sum(taken)
      union all
      select payment_id, case when sum(amount_minor) > 0 then 'the bank has ' || sum(amount_minor) || ' and no chargeback is open'
        else 'the bank has given ' || -sum(amount_minor) || ' back after a loss: settle-return' end from ledger_lines
      where account = 'chargebacks'
        and not exists (select from chargebacks where chargebacks.payment_id = ledger_lines.payment_id and outcome is null)
      group by payment_id having sum(amount_minor) <> 0`,
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
    'what is owed to a contractor, less what they owe, is what was released or regained less what was paid out',
    sql<Finding>`select concat_ws(' ', person, currency) as subject, 'ledger ' || sum(ledger) || ', rows ' || sum(owed) as detail from (
        select user_id as person, currency, -amount_minor as ledger, 0 as owed from ledger_lines
        join ledger_entries on ledger_entries.id = entry_id
        where account in ('contractor_balance', 'contractor_debt', 'chargeback_reserve')
          and (ledger_entries.payment_id is not null or payout_id is not null)
        union all
        select contractor_id, currency, 0, contractor_minor from payments where released_at is not null
        union all
        select contractor_id, payments.currency, 0, regained_minor from chargebacks join payments on payments.id = payment_id
        union all
        select contractor_id, currency, 0, -amount_minor from payouts where status in ('pending', 'in_transit', 'paid')
      ) as sides group by person, currency having sum(ledger) <> sum(owed)`,
  ),
  check(
    'what lies at a connected account is what is owed there and what is still to be taken back',
    sql<Finding>`select concat_ws(' ', person, currency) as subject, 'at Stripe ' || sum(there) || ', owed and to be taken back ' || sum(owed) as detail from (
        select user_id as person, currency, amount_minor as there, 0 as owed from ledger_lines where account = 'connected_stripe'
        union all
        select user_id, currency, 0, -amount_minor from ledger_lines where account = 'contractor_balance'
        union all
        select contractor_id, currency, 0, amount_minor from reversals where succeeded_at is null and given_up_at is null
        union all
        select contractor_id, currency, 0, amount_minor from payouts where status = 'pending' and stripe_payout_id is null
      ) as sides group by person, currency having sum(there) <> sum(owed)`,
  ),
  check(
    'what is withdrawn was covered by payouts, oldest release first',
    sql<Finding>`with paid as (
        select contractor_id, currency, sum(amount_minor) as total from (
          select contractor_id, currency, amount_minor from payouts where status = 'paid'
          union all
          select user_id, currency, amount_minor from ledger_lines join ledger_entries on ledger_entries.id = entry_id
          where account in ('contractor_balance', 'contractor_debt')
            and (cause like 'account-left:%' or cause like 'debt-forgiven:%')
          union all
          select contractor_id, payments.currency, -regained_minor from chargebacks join payments on payments.id = payment_id
        ) as out group by contractor_id, currency
      ), ordered as (
        select id, status, contractor_id, currency,
          sum(contractor_minor) over (partition by contractor_id, currency order by released_at, id) as needed
        from payments where status in ('released', 'withdrawn') and refunded_minor < amount_minor
      )
      select ordered.id as subject, status || ', payouts cover ' || coalesce(total, 0) || ' of ' || needed as detail
      from ordered left join paid using (contractor_id, currency)
      where (status = 'withdrawn') <> (needed <= coalesce(total, 0))`,
  ),
  check(
    'a booking is active or delivered exactly if its money is in and waits for a decision',
    sql<Finding>`select bookings.id as subject, bookings.state || ' with ' || coalesce(payments.status, 'no payment') as detail
      from bookings left join payments on payments.booking_id = bookings.id and payments.status <> 'failed'
      where (bookings.state in ('active', 'delivered')) <> (coalesce(payments.status, '') = 'held'
          and payments.refunded_minor < payments.amount_minor and payments.release_requested_at is null)
        or bookings.state = 'completed' and payments.release_requested_at is null and payments.refund_requested_at is null
          and payments.refunded_minor < payments.amount_minor`,
  ),
  check(
    'a payment is frozen once for each open dispute and chargeback about it, and for none that has ended',
    sql<Finding>`select coalesce(open.id, frozen.subject) as subject, case
        when frozen.subject is null then 'is open and does not freeze ' || open.payment_id
        else 'freezes ' || frozen.payment_id || ' and no such ' || frozen.cause || ' about it is open' end as detail
      from (
        select 'dispute' as cause, id, payment_id from disputes where state in ('open', 'answered')
        union all
        select 'chargeback', id, payment_id from chargebacks where outcome is null
      ) as open
      full join (
        select cause, subject, payment_id from payment_freezes
        where lifted_at is null and cause in ('dispute', 'chargeback')
      ) as frozen on (frozen.cause, frozen.subject, frozen.payment_id) = (open.cause, open.id, open.payment_id)
      where open.id is null or frozen.subject is null`,
  ),
];

function check(name: string, query: ReturnType<typeof sql<Finding>>): Check {
  return { name, run: async (ctx: Ctx) => (await query.execute(ctx.db)).rows };
}
