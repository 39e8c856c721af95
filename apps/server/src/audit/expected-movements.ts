import { sql } from 'kysely';
import type { Ours } from './compare.ts';
import type { Pass } from './pass.ts';

/**
 * Every movement at Stripe that our rows explain: what a new kind of movement is added to. `source` is the object that
 * causes it, `at` no earlier than the movement, `required` whether it must be there. The fee is part of a charge's
 * movement. A refund that the bank has not carried out yet may have moved money already, and may bring it back.
 */
const onPlatform = sql`
  select 'charge' as kind, stripe_charge_id as source, amount_minor as amount, currency, stripe_fee_minor as fee,
    held_at as at, updated_at, true as required
  from payments where stripe_charge_id is not null
  union all
  select 'transfer', stripe_transfer_id, -transferred_minor, currency, null, released_at, updated_at, true
  from payments where stripe_transfer_id is not null
  union all
  select 'transfer', stripe_restore_id, -restore_minor, currency, null, restored_at, updated_at, true
  from chargebacks where stripe_restore_id is not null
  union all
  select 'reversal', stripe_reversal_id, amount_minor, currency, null, succeeded_at, succeeded_at, true
  from reversals where stripe_reversal_id is not null
  union all
  select 'chargeback', substr(cause, 18), -amount_minor, currency, null, created_at, created_at, true
  from ledger_entries join ledger_lines on entry_id = ledger_entries.id
  where cause like 'chargeback-money:%' and account = 'chargebacks'
  union all
  select 'refund', stripe_id, -amount_minor, currency, null, requested_at, updated_at,
    is_sent and stripe_refund_id = stripe_id
  from stripe_calls join refunds on refunds.id = split_part(stripe_calls.id, ':', 2)
  where stripe_calls.id like 'refund:%' and stripe_id is not null
  union all
  select 'refund_failure', stripe_id, amount_minor, currency, null, requested_at, updated_at, false
  from stripe_calls join refunds on refunds.id = split_part(stripe_calls.id, ':', 2)
  where stripe_calls.id like 'refund:%' and stripe_id is not null
    and not (status = 'succeeded' and stripe_refund_id = stripe_id)`;

const onConnected = sql`
  select 'arrival' as kind, stripe_transfer_id as source, transferred_minor as amount, currency,
    null::bigint as fee, released_at as at, updated_at, true as required, contractor_id
  from payments where stripe_transfer_id is not null
  union all
  select 'arrival', stripe_restore_id, restore_minor, chargebacks.currency, null, restored_at, chargebacks.updated_at,
    true, contractor_id
  from chargebacks join payments on payments.id = payment_id where stripe_restore_id is not null
  union all
  select 'reversal', stripe_reversal_id, -amount_minor, currency, null, succeeded_at, succeeded_at, true, contractor_id
  from reversals where stripe_reversal_id is not null
  union all
  select 'payout', stripe_payout_id, -amount_minor, currency, null, sent_at, updated_at, true, contractor_id
  from payouts where stripe_payout_id is not null
  union all
  select 'payout_return', stripe_payout_id, amount_minor, currency, null, completed_at, updated_at, true, contractor_id
  from payouts where stripe_payout_id is not null and status in ('failed', 'canceled')`;

const platformRows = sql`select *, 'platform' as place from (${onPlatform}) as rows`;
/** Each at the account that the contractor had at the time. */
const connectedRows = sql`
  select rows.*, coalesce(
      (select paid_from from payouts where rows.kind in ('payout', 'payout_return') and stripe_payout_id = rows.source),
      (select former_accounts.stripe_account_id from former_accounts
        where former_accounts.user_id = contractor_id and left_at >= at order by left_at limit 1),
      connected_accounts.stripe_account_id) as place
  from (${onConnected}) as rows join connected_accounts on user_id = contractor_id`;

type Row = {
  place: string;
  kind: string;
  source: string;
  amount: number;
  currency: string;
  fee: number | null;
  required: boolean;
};

export type Selection = { keys: string[] } | { after: string; limit: number };

/** Those with these keys; or those of this pass that Stripe has not shown, in the order of their keys. */
export async function expectedOf(
  pass: Pass,
  side: 'platform' | 'connected',
  which: Selection,
): Promise<Ours[]> {
  const all = side === 'platform' ? platformRows : connectedRows;
  const key = sql`(place || ' ' || kind || ' ' || source)`;
  const { rows } = await ('keys' in which
    ? sql<Row>`select * from (${all}) as moves
        where source = any(${which.keys.map(sourceOf)}) and ${key} = any(${which.keys})`
    : sql<Row>`select * from (${all}) as moves
        where required and ${pass.since === null ? sql`true` : sql`updated_at >= ${pass.since} and at >= ${pass.since}`}
          and ${key} > ${which.after} and not exists (select from audit_seen where audit_seen.key = ${key})
        order by ${key} limit ${which.limit}`
  ).execute(pass.ctx.db);
  return rows.map(present);
}

const sourceOf = (key: string) => key.split(' ').at(-1)!;

const present = ({ place, kind, source, amount, currency, fee, required }: Row): Ours => ({
  key: `${place} ${kind} ${source}`,
  subject: source,
  state: `${amount} ${currency}${kind === 'charge' ? `, fee ${fee ?? 'unknown'}` : ''}`,
  isRequired: required,
});
