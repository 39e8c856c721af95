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
  select 'transfer', stripe_transfer_id, commission_minor - amount_minor, currency, null, released_at, updated_at, true
  from payments where stripe_transfer_id is not null
  union all
  select 'refund', stripe_refund_id, -amount_minor, currency, null, refund_requested_at, updated_at, status = 'refunded'
  from payments where stripe_refund_id is not null
  union all
  select 'refund_failure', stripe_refund_id, amount_minor, currency, null, refund_requested_at, updated_at, false
  from payments where stripe_refund_id is not null and status <> 'refunded'`;

const onConnected = sql`
  select 'arrival' as kind, stripe_transfer_id as source, amount_minor - commission_minor as amount, currency,
    null::bigint as fee, released_at as at, updated_at, true as required, contractor_id
  from payments where stripe_transfer_id is not null
  union all
  select 'payout', stripe_payout_id, -amount_minor, currency, null, sent_at, updated_at, true, contractor_id
  from payouts where stripe_payout_id is not null
  union all
  select 'payout_return', stripe_payout_id, amount_minor, currency, null, completed_at, updated_at, true, contractor_id
  from payouts where stripe_payout_id is not null and status in ('failed', 'canceled')`;

const platformRows = sql`select *, 'platform' as place from (${onPlatform}) as rows`;
const connectedRows = sql`
  select rows.*, stripe_account_id as place from (${onConnected}) as rows
  join connected_accounts on user_id = contractor_id`;

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
