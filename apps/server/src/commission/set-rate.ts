import type { CommissionRate, RateInput } from '@holdfast/contract';
import type { Selectable } from 'kysely';
import { getUser } from '../accounts/accounts.ts';
import { recordAdminAction } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import type { CommissionTables } from '../db/tables/commission.ts';
import { inTransaction } from '../db/transaction.ts';
import { invalidField, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';

/**
 * Sets the commission from a date on; what was agreed before stays. Throws validation_failed for a date in the past,
 * or not_found for somebody who is no contractor.
 */
export async function setRate(ctx: Ctx, actor: Actor, input: RateInput): Promise<CommissionRate> {
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    const effectiveFrom = input.effectiveFrom === undefined ? now : new Date(input.effectiveFrom);
    requireFuture(effectiveFrom, now);
    const contractorId = input.contractorId ?? null;
    if (contractorId !== null && (await getUser(tx, contractorId)).role !== 'contractor')
      throw notFound('contractor');
    const row = await tx
      .insertInto('commission_rates')
      .values({
        id: newId('rate'),
        basis_points: input.basisPoints,
        category: input.category ?? null,
        contractor_id: contractorId,
        effective_from: effectiveFrom,
        reason: input.reason,
        created_by: actor.userId,
        created_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const { id: rateId, createdBy: _same, createdAt: _now, ...details } = presentRate(row);
    await recordAdminAction(tx, now, {
      adminId: actor.userId,
      action: 'commission.set',
      subject: rateId,
      details,
    });
    return presentRate(row);
  });
}

// A date in the past would say of payments that exist what was never agreed.
function requireFuture(effectiveFrom: Date, now: Date): void {
  if (effectiveFrom >= now && effectiveFrom.getUTCFullYear() < 3000) return;
  throw invalidField('body.effectiveFrom', effectiveFrom < now ? 'must not be in the past' : 'is not a date');
}

export const presentRate = (row: Selectable<CommissionTables['commission_rates']>): CommissionRate => ({
  id: row.id,
  basisPoints: row.basis_points,
  category: row.category,
  contractorId: row.contractor_id,
  effectiveFrom: row.effective_from.toISOString(),
  reason: row.reason,
  createdBy: row.created_by,
  createdAt: row.created_at.toISOString(),
});
