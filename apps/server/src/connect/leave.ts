import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import { post } from '../ledger/ledger.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { lockAccount } from './account.ts';

/**
 * Makes room for another account in place of the closed one; nothing happens if it is not closed. What is left in it
 * lies at Stripe in the contractor's own name, where nobody of us can move it: it leaves the ledger.
 * Errors: conflict while money is on its way out of the old account or into it.
 */
export function leaveClosedAccount(ctx: Ctx, userId: string): Promise<void> {
  return inTransaction(ctx.db, async (tx) => {
    const account = await lockAccount(tx, userId);
    if (account?.closed_at == null || account.stripe_account_id === null) return;
    await refuseWhileMoneyMoves(tx, account);
    await bookOut(ctx, tx, account);
    const now = ctx.clock.now();
    await tx
      .insertInto('former_accounts')
      .values({
        stripe_account_id: account.stripe_account_id,
        user_id: userId,
        number: account.number,
        country: account.country,
        closed_at: account.closed_at,
        left_at: now,
      })
      .execute();
    await tx
      .updateTable('connected_accounts')
      .set({
        stripe_account_id: null,
        number: account.number + 1,
        closed_at: null,
        details_submitted: false,
        requirements_due: [],
        disabled_reason: null,
        banks_hash: null,
        read_at: null,
        updated_at: now,
      })
      .where('user_id', '=', userId)
      .execute();
  });
}

/**
 * A payout that has not ended would come back to an account that is no longer ours; a transfer that may have gone out
 * would be booked at the new one. Both end by themselves as far as Stripe still tells us how.
 */
async function refuseWhileMoneyMoves(tx: Tx, { user_id }: ConnectedAccountRow): Promise<void> {
  const { rows } = await sql<{ payout: boolean; transfer: boolean }>`
    select
      exists (select from payouts where contractor_id = ${user_id} and status in ('pending', 'in_transit')) as payout,
      exists (select from payments join stripe_calls on stripe_calls.id = 'release:' || payments.id
        where contractor_id = ${user_id} and status = 'held' and first_sent_at is not null)
      or exists (select from reversals join stripe_calls on stripe_calls.id = 'reversal:' || reversals.id
        where contractor_id = ${user_id} and reversals.succeeded_at is null and given_up_at is null and first_sent_at is not null)
      or exists (select from chargebacks join stripe_calls on stripe_calls.id = 'restore:' || chargebacks.id
        join payments on payments.id = chargebacks.payment_id
        where contractor_id = ${user_id} and restored_at is null and first_sent_at is not null) as transfer`.execute(
    tx,
  );
  if (rows[0]!.payout)
    throw conflict(
      'A withdrawal from the closed account has not ended. Until it is known how it ended there can be no new account.',
    );
  if (rows[0]!.transfer)
    throw conflict('Money is on its way to or from the closed account. Try again in a few minutes.');
}

async function bookOut(ctx: Ctx, tx: Tx, account: ConnectedAccountRow): Promise<void> {
  const userId = account.user_id;
  const { rows } = await sql<{ currency: string; left: number }>`
    select currency, sum(amount_minor)::bigint as left from ledger_lines
    where account = 'connected_stripe' and user_id = ${userId}
    group by currency having sum(amount_minor) <> 0 order by currency`.execute(tx);
  if (rows.some(({ left }) => left < 0))
    throw conflict('More was taken back from the closed account than there was, so it cannot be replaced.');
  const unreachable = await giveUpReversals(ctx, tx, userId);
  for (const { currency, left } of rows) {
    const owedMinor = unreachable.get(currency) ?? 0;
    await post(tx, ctx.clock.now(), {
      cause: `account-left:${account.stripe_account_id}:${currency}`,
      currency,
      lines: [
        { account: 'contractor_balance', userId, debitMinor: left - owedMinor },
        { account: 'contractor_debt', userId, debitMinor: owedMinor },
        { account: 'connected_stripe', userId, creditMinor: left },
      ],
    });
    // What they have got this way counts as withdrawn; which payments that are is not known here.
    await enqueue(tx, 'payments.allocate-withdrawals', { userId, currency });
  }
}

/** What was still to be taken back from the account, by currency: they have it now, so they owe it. */
async function giveUpReversals(ctx: Ctx, tx: Tx, userId: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ currency: string; total: number }>`
    with given_up as (
      update reversals set given_up_at = ${ctx.clock.now()}
      where contractor_id = ${userId} and succeeded_at is null and given_up_at is null
      returning currency, amount_minor
    ) select currency, sum(amount_minor)::bigint as total from given_up group by currency`.execute(tx);
  return new Map(rows.map((row) => [row.currency, row.total]));
}
