import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Db, Tx } from '../db/connect.ts';

/** Money of a contractor that cannot be withdrawn, in one currency, minor units. */
export type BlockedMoney = {
  /** Released and not withdrawn, of payments that are frozen; what a chargeback has taken already is not in it. */
  frozenMinor: number;
  /** Theirs no more, and maybe still in a balance of their Stripe account that was asked for at `askedAt`. */
  reversingMinor: number;
};

export async function blockedMoney(
  db: Db | Tx,
  contractorId: string,
  currency: Currency,
  askedAt: Date,
): Promise<BlockedMoney> {
  const { rows } = await sql<BlockedMoney>`
    select
      (select coalesce(sum(contractor_minor), 0)::bigint from payments
        where contractor_id = ${contractorId} and currency = ${currency} and status = 'released'
          and exists (select from payment_freezes where payment_id = payments.id and lifted_at is null)
          and not exists (select from chargebacks where payment_id = payments.id and outcome is null and taken_minor > 0)
      ) as "frozenMinor",
      (select coalesce(sum(amount_minor), 0)::bigint from reversals
        where contractor_id = ${contractorId} and currency = ${currency} and given_up_at is null
          and (succeeded_at is null or succeeded_at >= ${askedAt})
      ) as "reversingMinor"`.execute(db);
  return rows[0]!;
}
