import type { Currency, CurrencyBalance, PayoutAccount } from '@holdfast/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import { asProviderError, findAccount, presentAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { contractorFunds } from '../ledger/ledger.ts';
import { stripeBalance, unsentMinor } from './available.ts';

export type Balance = {
  account: z.output<typeof PayoutAccount>;
  balances: z.output<typeof CurrencyBalance>[];
};

/** Where the contractor's money is, per currency: our ledger for what is owed, Stripe for what has settled. */
export async function contractorBalance(ctx: Ctx, userId: string): Promise<Balance> {
  const account = await findAccount(ctx.db, userId);
  const { funds: atStripe, askedAt } =
    account?.stripe_account_id == null
      ? { funds: new Map<string, never>(), askedAt: ctx.clock.now() }
      : await stripeBalance(ctx, account.stripe_account_id).catch((error) => {
          throw asProviderError(error);
        });
  const owed = new Map((await contractorFunds(ctx.db, userId)).map((funds) => [funds.currency, funds]));
  const flows = await moneyByStage(ctx, userId);
  const currencies = [...new Set([...owed.keys(), ...flows.keys()])].sort();
  const balances = await Promise.all(
    currencies.map(async (currency) => {
      const owedMinor = owed.get(currency)?.contractorBalanceMinor ?? 0;
      const settledMinor =
        (atStripe.get(currency)?.availableMinor ?? 0) -
        (await unsentMinor(ctx.db, userId, currency, askedAt));
      const available = Math.max(0, Math.min(owedMinor, settledMinor));
      return {
        currency,
        held: flows.get(currency)?.held ?? 0,
        releasable: flows.get(currency)?.releasable ?? 0,
        pending: owedMinor - available,
        available,
        inTransit: owed.get(currency)?.payoutPendingMinor ?? 0,
        withdrawn: flows.get(currency)?.withdrawn ?? 0,
      };
    }),
  );
  return { account: presentAccount(account), balances };
}

type Stage = { currency: Currency; held: number; releasable: number; withdrawn: number };

async function moneyByStage(ctx: Ctx, userId: string): Promise<Map<Currency, Stage>> {
  const { rows } = await sql<Stage>`
    select currency, sum(held)::bigint as held, sum(releasable)::bigint as releasable, sum(withdrawn)::bigint as withdrawn from (
      select currency,
        case when release_requested_at is null then contractor_minor else 0 end as held,
        case when release_requested_at is null then 0 else contractor_minor end as releasable,
        0 as withdrawn
      from payments where contractor_id = ${userId} and status = 'held'
      union all
      select currency, 0, 0, amount_minor from payouts where contractor_id = ${userId} and status = 'paid'
    ) as stages group by currency`.execute(ctx.db);
  return new Map(rows.map((row) => [row.currency, row]));
}
