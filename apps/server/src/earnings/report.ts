import type { Currency, Earnings, EarningsGroup, EarningsPeriod } from '@holdfast/contract';
import { sql } from 'kysely';
import { getUser } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { timeZone } from '../days.ts';
import type { Actor } from '../http/authenticate.ts';
import { movementsOf } from './movements.ts';
import { boundariesOf, periodsOf, type RangeQuery } from './periods.ts';

export type EarningsReport = {
  groupBy: EarningsGroup;
  from: string;
  to: string;
  timeZone: string;
  totals: Earnings[];
  periods: EarningsPeriod[];
};

type Row = { place: number; currency: Currency; payments: number; commission: number; net: number };

/** What a contractor has earned in each period, per currency. Errors: validation_failed for an impossible range. */
export async function earningsReport(ctx: Ctx, actor: Actor, query: RangeQuery): Promise<EarningsReport> {
  const user = await getUser(ctx.db, actor.userId);
  const zone = timeZone(user.time_zone);
  const periods = periodsOf(query, zone.dayAt(ctx.clock.now()));
  const rows = await sumByPeriod(ctx, actor.userId, boundariesOf(periods, zone));
  const currencies = [...new Set(rows.map((row) => row.currency))].sort();
  const placed = Map.groupBy(rows, (row) => row.place);
  const sums = (of: readonly Row[]) =>
    currencies.map((currency) =>
      sumOf(
        currency,
        of.filter((row) => row.currency === currency),
      ),
    );
  return {
    groupBy: query.groupBy,
    from: periods[0]!.from,
    to: periods.at(-1)!.to,
    timeZone: user.time_zone,
    totals: sums(rows),
    periods: periods.map((period, index) => ({ ...period, amounts: sums(placed.get(index + 1) ?? []) })),
  };
}

/** `place` counts the periods from 1. */
async function sumByPeriod(ctx: Ctx, contractorId: string, boundaries: Date[]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select width_bucket(created_at, ${boundaries}::timestamptz[]) as place, currency,
      count(distinct payment_id) filter (where owed_minor > 0) as payments,
      sum(commission_minor)::bigint as commission, sum(owed_minor)::bigint as net
    from ${movementsOf(contractorId, boundaries.at(-1)!)} as movements
    where payment_id is not null and created_at >= ${boundaries[0]!}
    group by place, currency`.execute(ctx.db);
  return rows;
}

function sumOf(currency: Currency, rows: readonly Row[]): Earnings {
  const sum = { payments: 0, commission: 0, net: 0 };
  for (const row of rows) {
    sum.payments += row.payments;
    sum.commission += row.commission;
    sum.net += row.net;
  }
  const { payments, commission, net } = sum;
  return { currency, payments, gross: commission + net, commission, net };
}
