import { sql } from 'kysely';
import { addMs, minuteMs } from '../clock.ts';
import { refreshAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { recordFee } from './record-fee.ts';
import { resumeReleases } from './request-release.ts';

/** Sweeps that make up for webhooks that never came. Each looks only at what is unfinished, a batch at a time. */
const patienceMs = 10 * minuteMs;
const batch = 50;

/** Fees that Stripe had not told us when the money came in. */
export async function catchUpFees(ctx: Ctx): Promise<void> {
  const due = await ctx.db
    .selectFrom('payments')
    .select('stripe_charge_id')
    .where('stripe_fee_minor', 'is', null)
    .where('held_at', '<', addMs(ctx.clock.now(), -minuteMs))
    .orderBy('held_at')
    .limit(batch)
    .execute();
  for (const { stripe_charge_id } of due)
    if (stripe_charge_id !== null) await recordFee(ctx, stripe_charge_id);
}

/** Refunds that the bank was still working on. */
export async function catchUpRefunds(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  await inTransaction(ctx.db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      update payments set read_at = ${now} where id in (
        select id from payments
        where status = 'held' and refund_requested_at is not null and read_at < ${addMs(now, -patienceMs)}
        order by read_at limit ${batch} for update skip locked)
      returning id`.execute(tx);
    for (const { id } of rows)
      await enqueue(tx, 'payments.refund', { paymentId: id }, { key: `refund:${id}` });
  });
}

/** Releases that wait for an account: it is read again, and what can go out goes out. */
export async function catchUpReleases(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const accounts = await ctx.db
    .selectFrom('connected_accounts')
    .select(['user_id', 'stripe_account_id', 'transfers_active'])
    .where('user_id', 'in', (select) =>
      select.selectFrom('payments').select('contractor_id').where('release_waits_for', 'is not', null),
    )
    .where('stripe_account_id', 'is not', null)
    .where((where) =>
      where.or([where('transfers_active', '=', true), where('read_at', '<', addMs(now, -patienceMs))]),
    )
    .limit(batch)
    .execute();
  for (const account of accounts) {
    const current = account.transfers_active
      ? account
      : await refreshAccount(ctx, account.stripe_account_id!);
    if (current?.transfers_active) await inTransaction(ctx.db, (tx) => resumeReleases(tx, account.user_id));
  }
}
