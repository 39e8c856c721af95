import type { Currency, CurrencyBalance, PayoutAccount } from '@holdfast/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import { asProviderError, findAccount, isRefusedAsClosed, presentAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';
import { contractorFunds } from '../ledger/ledger.ts';
import { type StripeBalance, stripeBalance, withdrawable } from './available.ts';
import { minimumMinor } from './minimum.ts';
import { type Settling, settlingMoney } from './settling.ts';

export type Balance = {
  account: z.output<typeof PayoutAccount>;
  balances: z.output<typeof CurrencyBalance>[];
};

/**
 * Where the contractor's money is, per currency: our ledger for what is owed, Stripe for what has settled. Of a closed
 * account nothing is available. Errors: payment_provider_failed.
 */
export async function contractorBalance(ctx: Ctx, userId: string): Promise<Balance> {
  const { account, balance, settling } = await readStripe(ctx, userId).catch((error) => {
    throw asProviderError(error);
  });
  const owed = new Map((await contractorFunds(ctx.db, userId)).map((funds) => [funds.currency, funds]));
  const flows = await moneyByStage(ctx, userId);
  const currencies = [...new Set([...owed.keys(), ...flows.keys()])].sort();
  const balances = await Promise.all(
    currencies.map(async (currency) => {
      const funds = await withdrawable(ctx.db, userId, currency, balance);
      const available = funds.availableMinor;
      const pending = funds.owedMinor - available;
      const next = settling.find((part) => part.currency === currency && part.amountMinor > 0);
      return {
        currency,
        held: flows.get(currency)?.held ?? 0,
        releasable: flows.get(currency)?.releasable ?? 0,
        pending,
        available,
        frozen: funds.frozenMinor,
        debt: funds.debtMinor,
        inTransit: owed.get(currency)?.payoutPendingMinor ?? 0,
        withdrawn: flows.get(currency)?.withdrawn ?? 0,
        minimumWithdrawal: minimumMinor(ctx, currency),
        nextAvailableAt: pending > 0 ? (next?.availableAt.toISOString() ?? null) : null,
      };
    }),
  );
  return { account: presentAccount(account), balances };
}

type AtStripe = {
  account: ConnectedAccountRow | undefined;
  balance: StripeBalance;
  /** Soonest first. */
  settling: Settling[];
};

async function readStripe(ctx: Ctx, userId: string): Promise<AtStripe> {
  const account = await findAccount(ctx.db, userId);
  const nothing = { balance: { funds: new Map(), askedAt: ctx.clock.now() }, settling: [] };
  if (account?.stripe_account_id == null || account.closed_at !== null) return { account, ...nothing };
  try {
    const balance = await stripeBalance(ctx, account.stripe_account_id);
    const isSettling = [...balance.funds.values()].some((funds) => funds.pendingMinor !== 0);
    const settling = isSettling ? await settlingMoney(ctx, account.stripe_account_id) : [];
    return { account, balance, settling };
  } catch (error) {
    if (!(await isRefusedAsClosed(ctx, account.stripe_account_id, error))) throw error;
    return { account: await findAccount(ctx.db, userId), ...nothing };
  }
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
