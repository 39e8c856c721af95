import type { CommissionReport, Currency, ReportQuery } from '@holdfast/contract';
import { type RawBuilder, sql } from 'kysely';
import { publicPerson } from '../accounts/accounts.ts';
import { endOf, startOf } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';

type Sums = {
  currency: Currency;
  payments: number;
  gross: number;
  commission: number;
  fees: number;
};
type GroupRow = Sums & { group: string | null };

const groups: Record<ReportQuery['groupBy'], RawBuilder<string | null>> = {
  day: sql`to_char(entries.created_at at time zone 'UTC', 'YYYY-MM-DD')`,
  month: sql`to_char(entries.created_at at time zone 'UTC', 'YYYY-MM')`,
  category: sql`jobs.category`,
  contractor: sql`payments.contractor_id`,
  currency: sql`lines.currency`,
};

/**
 * What the platform earned and what Stripe took in a period, minor units, by the moment of booking. Every line of the
 * accounts commission and stripe_fees is in it, so that the sums are those of the ledger; gross is what contractors
 * were credited for payments, together with the commission on it.
 */
export async function commissionReport(ctx: Ctx, query: ReportQuery): Promise<CommissionReport> {
  const [rows, totals] = await ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => [
      (await sums(query, groups[query.groupBy]).execute(tx)).rows,
      (await sums(query, sql`null`).execute(tx)).rows,
    ]);
  const names = query.groupBy === 'contractor' ? await namesOf(ctx, rows!) : new Map<string, string>();
  return {
    from: query.from,
    to: query.to,
    groupBy: query.groupBy,
    rows: rows!.map((row) => ({
      group: row.group,
      label: row.group === null ? null : (names.get(row.group) ?? null),
      ...present(row),
    })),
    totals: totals!.map(present),
  };
}

const sums = (query: ReportQuery, group: RawBuilder<string | null>) => sql<GroupRow>`
  select ${group} as "group", lines.currency, count(distinct lines.payment_id) as payments,
    coalesce(-sum(lines.amount_minor) filter (where lines.account in ('commission', 'contractor_balance', 'contractor_debt', 'chargeback_reserve')), 0)::bigint as gross,
    coalesce(-sum(lines.amount_minor) filter (where lines.account = 'commission'), 0)::bigint as commission,
    coalesce(sum(lines.amount_minor) filter (where lines.account = 'stripe_fees'), 0)::bigint as fees
  from ledger_entries as entries
  join ledger_lines as lines on lines.entry_id = entries.id
  left join payments on payments.id = coalesce(lines.payment_id, entries.payment_id)
  left join jobs on jobs.id = payments.job_id
  where entries.created_at >= ${startOf(query.from)} and entries.created_at < ${endOf(query.to)}
    and (lines.account in ('commission', 'stripe_fees')
      or (lines.account in ('contractor_balance', 'contractor_debt', 'chargeback_reserve') and lines.payment_id is not null))
  group by 1, lines.currency order by 1 nulls last, lines.currency`;

const present = (row: Sums) => ({
  currency: row.currency,
  payments: row.payments,
  gross: row.gross,
  commission: row.commission,
  stripeFees: row.fees,
  netIncome: row.commission - row.fees,
});

async function namesOf(ctx: Ctx, rows: GroupRow[]): Promise<Map<string, string>> {
  const people = await publicPerson(
    ctx.db,
    rows.flatMap((row) => row.group ?? []),
  );
  return new Map([...people].map(([id, person]) => [id, person.name]));
}
