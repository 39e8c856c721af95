import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Stripe } from '../vendors/stripe.ts';
import type { Finding } from './findings.ts';

/** The movements that Holdfast causes on the platform's balance; payouts of the platform's own income are not ours. */
const ourTypes = new Set([
  'charge',
  'payment',
  'refund',
  'payment_refund',
  'refund_failure',
  'payment_failure_refund',
  'transfer',
  'transfer_refund',
  'adjustment',
]);

/** The ledger's picture of every Stripe balance against Stripe's own movements, per account and currency. */
export async function compareBalances(ctx: Ctx): Promise<Finding[]> {
  const platform = await sumMovements(ctx.stripe.balanceTransactions.list({ limit: 100 }), ourTypes);
  const findings = differences('platform', await ledgerOf(ctx, 'platform_stripe', null), platform);
  const accounts = await ctx.db
    .selectFrom('connected_accounts')
    .select(['user_id', 'stripe_account_id'])
    .where('stripe_account_id', 'is not', null)
    .execute();
  for (const account of accounts) {
    const stripeAccount = account.stripe_account_id!;
    const theirs = await sumMovements(ctx.stripe.balanceTransactions.list({ limit: 100 }, { stripeAccount }));
    findings.push(
      ...differences(stripeAccount, await ledgerOf(ctx, 'connected_stripe', account.user_id), theirs),
    );
  }
  return findings;
}

async function sumMovements(
  movements: AsyncIterable<Stripe.BalanceTransaction>,
  types?: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for await (const movement of movements)
    if (types === undefined || types.has(movement.type))
      sums.set(movement.currency, (sums.get(movement.currency) ?? 0) + movement.net);
  return sums;
}

async function ledgerOf(ctx: Ctx, account: string, userId: string | null): Promise<Map<string, number>> {
  const { rows } = await sql<{ currency: string; total: number }>`
    select currency, sum(amount_minor)::bigint as total from ledger_lines
    where account = ${account} and user_id is not distinct from ${userId} group by currency`.execute(ctx.db);
  return new Map(rows.map((row) => [row.currency, row.total]));
}

function differences(subject: string, ours: Map<string, number>, theirs: Map<string, number>): Finding[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((currency) => (ours.get(currency) ?? 0) !== (theirs.get(currency) ?? 0))
    .map((currency) => ({
      subject: `${subject} ${currency}`,
      detail: `ledger ${ours.get(currency) ?? 0}, Stripe ${theirs.get(currency) ?? 0}`,
    }));
}
