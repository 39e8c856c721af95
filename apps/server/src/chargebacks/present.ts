import type { Chargeback } from '@holdfast/contract';
import type { Db, Tx } from '../db/connect.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { notFound } from '../errors.ts';

/** A chargeback as it stands now; it changes under its payment's lock. Errors: not_found. */
export async function findChargeback(db: Db | Tx, chargebackId: string): Promise<ChargebackRow> {
  const row = await db
    .selectFrom('chargebacks')
    .selectAll()
    .where('id', '=', chargebackId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('chargeback');
  return row;
}

/** What the bank has given back since it decided and nobody has settled, minor units. */
export const unsettledMinor = (row: ChargebackRow): number =>
  Math.max(0, row.returned_minor - row.settled_minor);

/** A chargeback as admins see it. */
export const presentChargeback = (row: ChargebackRow): Chargeback => ({
  id: row.id,
  paymentId: row.payment_id,
  stripeDisputeId: row.stripe_dispute_id,
  amount: { amount: row.amount_minor, currency: row.currency },
  reason: row.reason,
  stripeStatus: row.stripe_status,
  evidenceDueAt: row.evidence_due_at?.toISOString() ?? null,
  evidenceSentAt: row.evidence_sent_at?.toISOString() ?? null,
  takenFromContractor: { amount: row.taken_minor, currency: row.currency },
  outcome: row.outcome,
  returnedUnsettled: { amount: unsettledMinor(row), currency: row.currency },
  openedAt: row.opened_at.toISOString(),
  closedAt: row.closed_at?.toISOString() ?? null,
});
