import { sql } from 'kysely';
import { addMs, minuteMs } from '../clock.ts';
import { refreshAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { enqueueRelease } from './enqueue-release.ts';
import { recordFee } from './record-fee.ts';
import { resumeReleases } from './request-release.ts';

/**
 * Sweeps that make up for webhooks that never came and for tasks that gave up. Each looks only at what is unfinished,
 * a batch at a time, and at nothing twice within its patience: one that always fails keeps up none of the others.
 */
const patienceMs = 10 * minuteMs;
const batch = 50;

/** Fees that Stripe had not told us when the money came in. */
export async function catchUpFees(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const { rows } = await sql<{ id: string; stripe_charge_id: string | null }>`
    update payments set fee_asked_at = ${now} where id in (
      select id from payments
      where stripe_fee_minor is null and held_at is not null
        and coalesce(fee_asked_at, held_at) < ${addMs(now, -minuteMs)}
      order by coalesce(fee_asked_at, held_at) limit ${batch} for update skip locked)
    returning id, stripe_charge_id`.execute(ctx.db);
  for (const { id, stripe_charge_id } of rows)
    if (stripe_charge_id !== null)
      await recordFee(ctx, stripe_charge_id).catch((error) =>
        ctx.log.error({ err: error, paymentId: id }, 'fee not booked, next time'),
      );
}

/** Releases whose task has given up. */
export async function catchUpMoves(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  await inTransaction(ctx.db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      update payments set read_at = ${now} where id in (
        select id from payments
        where status = 'held' and release_requested_at is not null and release_waits_for is null
          and refunded_minor < amount_minor and read_at < ${addMs(now, -patienceMs)}
        order by read_at limit ${batch} for update skip locked)
      returning id`.execute(tx);
    for (const { id } of rows) await enqueueRelease(tx, id);
  });
}

/** Releases that wait for an account: it is read again, and what can go out goes out. */
export async function catchUpReleases(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const accounts = await ctx.db
    .selectFrom('connected_accounts')
    .select(['user_id', 'stripe_account_id', 'transfers_active'])
    .where('user_id', 'in', (select) =>
      select
        .selectFrom('payments')
        .select('contractor_id')
        .where('release_waits_for', '=', 'contractor_onboarding'),
    )
    .where('stripe_account_id', 'is not', null)
    .where((where) =>
      where.or([where('transfers_active', '=', true), where('read_at', '<', addMs(now, -patienceMs))]),
    )
    .orderBy('read_at')
    .limit(batch)
    .execute();
  for (const account of accounts)
    await resumeIfAble(ctx, account).catch((error) =>
      ctx.log.warn({ err: error, userId: account.user_id }, 'account not read again, next time'),
    );
}

type WaitingAccount = { user_id: string; stripe_account_id: string | null; transfers_active: boolean };

async function resumeIfAble(ctx: Ctx, account: WaitingAccount): Promise<void> {
  const current = account.transfers_active ? account : await refreshAccount(ctx, account.stripe_account_id!);
  if (current?.transfers_active) await inTransaction(ctx.db, (tx) => resumeReleases(tx, account.user_id));
}
