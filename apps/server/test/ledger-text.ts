import { sql } from 'kysely';
import type { World } from './world.ts';

type Line = { entry: string; kind: string; account: string; amount: number; currency: string };

/** What the ledger says of these payments and contractors: each entry on a line, then the sum of each account. */
export async function ledgerText(
  world: World,
  subjects: { paymentIds?: string[]; contractorId?: string },
): Promise<string> {
  const lines = await read(world, subjects.paymentIds ?? [], subjects.contractorId ?? '');
  const currencies = new Set(lines.map((line) => line.currency));
  const name = (line: Line) => (currencies.size > 1 ? `${line.currency} ${line.account}` : line.account);
  const entries = Map.groupBy(lines, (line) => line.entry);
  const written = [...entries.values()].map((entry) => {
    const parts = entry.map((line) => `${name(line)} ${signed(line.amount)}`);
    return `${entry[0]!.kind}: ${parts.join(', ')}`;
  });
  const sums = [...Map.groupBy(lines, name)].map(([account, own]) => {
    const sum = own.reduce((total, line) => total + line.amount, 0);
    return `${account} ${signed(sum)}`;
  });
  return [...written, `= ${sums.sort().join(', ')}`].join('\n');
}

/** A table in a test, without the indentation of the source around it. */
export const text = ([raw]: TemplateStringsArray): string =>
  raw!
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

// Debits with a plus, credits with a minus.
const signed = (amount: number) => (amount > 0 ? `+${amount}` : String(amount));

async function read(world: World, paymentIds: string[], contractorId: string): Promise<Line[]> {
  // Rows are only ever added, so their place in the table is the order in which they were booked.
  const { rows } = await sql<Line>`
    select ledger_entries.id as entry, split_part(cause, ':', 1) as kind, account, amount_minor as amount, currency
    from ledger_entries join ledger_lines on entry_id = ledger_entries.id
    where ledger_entries.payment_id = any(${paymentIds})
      or ledger_entries.payout_id in (select id from payouts where contractor_id = ${contractorId})
    order by ledger_entries.ctid, position`.execute(world.ctx.db);
  return rows;
}
