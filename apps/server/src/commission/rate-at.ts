import type { Category } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';

/**
 * The commission in basis points that applies at this moment. The narrowest rule wins: contractor in category,
 * contractor, category, all, and after that STRIPE_COMMISSION_PERCENT. Within a kind the newest date of effect counts,
 * of two with one date the one written later. A rule that was ended leaves it to the next broader one.
 */
export async function commissionRateAt(
  ctx: Ctx,
  db: Db | Tx,
  { category, contractorId, at }: { category: Category; contractorId: string; at: Date },
): Promise<number> {
  const { rows } = await sql<{ basis_points: number }>`
    select basis_points from (
      select distinct on (contractor_id is not null, category is not null)
        basis_points, contractor_id, category
      from commission_rates
      where (contractor_id is null or contractor_id = ${contractorId})
        and (category is null or category = ${category}) and effective_from <= ${at}
      order by contractor_id is not null, category is not null, effective_from desc, seq desc
    ) as rules
    where basis_points is not null
    order by contractor_id is not null desc, category is not null desc limit 1`.execute(db);
  return rows[0]?.basis_points ?? ctx.config.commissionBasisPoints;
}
