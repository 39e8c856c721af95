import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import { getUser } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { timeZone } from '../days.ts';
import { AppError } from '../errors.ts';
import { decimalAmount } from '../http/amounts.ts';
import type { Actor } from '../http/authenticate.ts';
import { csv } from '../http/csv.ts';
import { movementsOf } from './movements.ts';
import { boundariesOf, periodsOf, type RangeQuery } from './periods.ts';

const maximumLines = 50_000;
const header = ['date', 'kind', 'job', 'customer', 'gross', 'commission', 'net', 'currency', 'payment'];

type Row = {
  created_at: Date;
  payment_id: string;
  title: string;
  customer: string;
  currency: Currency;
  commission: number;
  net: number;
};

/**
 * The same range as a table, one line for each release or reversal, oldest first.
 * Errors: validation_failed for an impossible range, unprocessable for one with too many lines.
 */
export async function earningsTable(ctx: Ctx, actor: Actor, query: RangeQuery): Promise<string> {
  const user = await getUser(ctx.db, actor.userId);
  const zone = timeZone(user.time_zone);
  const boundaries = boundariesOf(periodsOf(query, zone.dayAt(ctx.clock.now())), zone);
  const rows = await linesBetween(ctx, actor.userId, boundaries[0]!, boundaries.at(-1)!);
  if (rows.length > maximumLines)
    throw new AppError('unprocessable', `These are more than ${maximumLines} lines. Ask for fewer days.`);
  return csv(
    header,
    rows.map((row) => [
      zone.dayAt(row.created_at),
      row.net < 0 ? 'reversal' : 'release',
      row.title,
      firstName(row.customer),
      decimalAmount(row.net + row.commission, row.currency),
      decimalAmount(row.commission, row.currency),
      decimalAmount(row.net, row.currency),
      row.currency.toUpperCase(),
      row.payment_id,
    ]),
  );
}

async function linesBetween(ctx: Ctx, contractorId: string, from: Date, before: Date): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select movements.created_at, payments.id as payment_id, jobs.title, users.name as customer,
      movements.currency, movements.commission_minor::bigint as commission, movements.owed_minor::bigint as net
    from ${movementsOf(contractorId, before)} as movements
    join payments on payments.id = movements.payment_id and payments.contractor_id = ${contractorId}
    join jobs on jobs.id = payments.job_id
    join users on users.id = payments.customer_id
    where movements.created_at >= ${from}
    order by movements.created_at, movements.entry_id
    limit ${maximumLines + 1}`.execute(ctx.db);
  return rows;
}

/** A table goes to accountants and into mailboxes: it says no more of a customer than helps to know the job again. */
const firstName = (name: string): string => name.split(/\s/, 1)[0]!;
