import { type RawBuilder, sql } from 'kysely';

/**
 * What is owed to a contractor, entry by entry of the ledger: owed_minor is by how much it grew, commission_minor what
 * the platform took of the same payment in the same entry. An entry of a payment is something earned or, negative, taken
 * back; an entry of none reached the contractor (the bank, or a Stripe account that they have left) or, positive, came
 * back from there. Nothing here knows what the causes are called, so releases, splits and reversals all count as what
 * they did. What pays a debt was earned; what is taken for a chargeback counts when the bank has decided.
 */
export const movementsOf = (contractorId: string, before: Date): RawBuilder<unknown> => sql`(
  select moved.payment_id, entry.payout_id, entry.id as entry_id, entry.created_at, moved.currency, moved.owed_minor,
    case when moved.payment_id is null then 0 else coalesce((
      select -sum(share.amount_minor) from ledger_lines as share
      where share.entry_id = moved.entry_id and share.account = 'commission' and share.payment_id = moved.payment_id
    ), 0) end as commission_minor
  from (
    select entry_id, payment_id, currency, -sum(amount_minor) as owed_minor
    from ledger_lines
    where user_id = ${contractorId} and account in ('contractor_balance', 'payout_pending', 'contractor_debt', 'chargeback_reserve')
    group by entry_id, payment_id, currency
    having sum(amount_minor) <> 0
  ) as moved
  join ledger_entries as entry on entry.id = moved.entry_id
  where entry.created_at < ${before}
)`;
