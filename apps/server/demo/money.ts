import { type Currency, formatMoney } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../src/context.ts';

type Sum = { account: string; currency: Currency; total: number };

const shortNames: Record<string, string> = {
  escrow: 'escrow',
  contractor_balance: 'contractor',
  payout_pending: 'on its way',
  commission: 'commission',
};

async function sums(ctx: Ctx): Promise<Sum[]> {
  const { rows } = await sql<Sum>`
    select account, currency, sum(amount_minor)::bigint as total from ledger_lines
    group by account, currency order by currency, account`.execute(ctx.db);
  return rows;
}

/** Whose the money is right now, in one line. */
export async function whereTheMoneyIs(ctx: Ctx): Promise<string> {
  const places = (await sums(ctx)).filter((sum) => sum.account in shortNames && sum.total !== 0);
  const withdrawn = await sql<{ currency: Currency; total: number }>`
    select currency, sum(amount_minor)::bigint as total from payouts where status = 'paid' group by currency`.execute(
    ctx.db,
  );
  const parts = [
    ...places.map(
      (sum) => `${shortNames[sum.account]} ${formatMoney({ amount: -sum.total, currency: sum.currency })}`,
    ),
    ...withdrawn.rows.map((row) => `bank ${formatMoney({ amount: row.total, currency: row.currency })}`),
  ];
  return parts.length === 0 ? 'no money yet' : parts.join(' · ');
}

/** Every account of the ledger with its balance, and the sum per currency, which must be nothing. */
export async function ledgerTable(ctx: Ctx): Promise<{ text: string; isBalanced: boolean }> {
  const all = await sums(ctx);
  const currencies = [...new Set(all.map((sum) => sum.currency))];
  const lines = currencies.flatMap((currency) => {
    const own = all.filter((sum) => sum.currency === currency);
    const total = own.reduce((running, sum) => running + sum.total, 0);
    const row = (name: string, amount: number) =>
      `  ${name.padEnd(20)} ${formatMoney({ amount: Math.abs(amount), currency }).padStart(18)} ${amount === 0 ? '' : amount > 0 ? 'debit' : 'credit'}`;
    return [...own.map((sum) => row(sum.account, sum.total)), row('sum', total), ''];
  });
  const isBalanced = currencies.every(
    (currency) =>
      all.filter((sum) => sum.currency === currency).reduce((running, sum) => running + sum.total, 0) === 0,
  );
  return { text: lines.join('\n'), isBalanced };
}
