import type { Currency, EarningsStatement } from '@holdfast/contract';
import { sql } from 'kysely';
import { getUser, type UserRow } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { timeZone } from '../days.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { movementsOf } from './movements.ts';
import { boundariesOf, type Period, periodsOf } from './periods.ts';

type Row = {
  /** 0 is all that was before, 1 to 12 are the months. */
  place: number;
  currency: Currency;
  payments: number;
  commission: number;
  net: number;
  paid_out: number;
  owed: number;
};
type OfCurrency = EarningsStatement['currencies'][number];
type Sums = OfCurrency['totals'];

/**
 * A contractor's year, per currency and month, minor units, with the person it belongs to.
 * Errors: not_found for a year in which the account did not exist.
 */
export async function earningsStatement(
  ctx: Ctx,
  actor: Actor,
  year: number,
): Promise<{ statement: EarningsStatement; user: UserRow }> {
  const user = await getUser(ctx.db, actor.userId);
  const zone = timeZone(user.time_zone);
  const thisYear = yearOf(zone.dayAt(ctx.clock.now()));
  if (year > thisYear || year < yearOf(zone.dayAt(user.created_at))) throw notFound('statement');
  const months = periodsOf({ groupBy: 'month', from: `${year}-01-01`, to: `${year}-12-31` }, '');
  const rows = await sumByMonth(ctx, actor.userId, boundariesOf(months, zone));
  const byCurrency = [...Map.groupBy(rows, (row) => row.currency)].sort(([a], [b]) => (a < b ? -1 : 1));
  const statement: EarningsStatement = {
    year,
    timeZone: user.time_zone,
    isComplete: year < thisYear,
    contractor: { id: user.id, name: user.name },
    currencies: byCurrency
      .map(([currency, ofCurrency]) => stateCurrency(currency, months, ofCurrency))
      .filter(hasSomething),
  };
  return { statement, user };
}

/** One query for the balances and all the months: everything up to the end of the year, by where it falls. */
async function sumByMonth(ctx: Ctx, contractorId: string, boundaries: Date[]): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select width_bucket(created_at, ${boundaries}::timestamptz[]) as place, currency,
      count(distinct payment_id) filter (where owed_minor > 0) as payments,
      sum(commission_minor)::bigint as commission,
      coalesce(sum(owed_minor) filter (where payment_id is not null), 0)::bigint as net,
      coalesce(-sum(owed_minor) filter (where payment_id is null), 0)::bigint as paid_out,
      sum(owed_minor)::bigint as owed
    from ${movementsOf(contractorId, boundaries.at(-1)!)} as movements
    group by place, currency`.execute(ctx.db);
  return rows;
}

function stateCurrency(currency: Currency, periods: readonly Period[], rows: readonly Row[]): OfCurrency {
  const months = periods.map(({ period }, index) => ({
    month: period,
    ...sumsOf(rows.find((row) => row.place === index + 1)),
  }));
  const totals = sumsOf(undefined);
  for (const month of months)
    for (const name of Object.keys(totals) as (keyof Sums)[]) totals[name] += month[name];
  return {
    currency,
    openingBalance: rows.find((row) => row.place === 0)?.owed ?? 0,
    months,
    totals,
    closingBalance: rows.reduce((sum, row) => sum + row.owed, 0),
  };
}

const sumsOf = (row: Row | undefined): Sums => ({
  payments: row?.payments ?? 0,
  gross: (row?.commission ?? 0) + (row?.net ?? 0),
  commission: row?.commission ?? 0,
  net: row?.net ?? 0,
  paidOut: row?.paid_out ?? 0,
});

/** A currency of earlier years, all paid out, has no place here. */
const hasSomething = ({ openingBalance, months }: OfCurrency): boolean =>
  openingBalance !== 0 || months.some((one) => one.payments > 0 || one.gross !== 0 || one.paidOut !== 0);

const yearOf = (day: string): number => Number(day.slice(0, 4));
