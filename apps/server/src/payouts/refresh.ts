import { addMs, dayMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { applyPayout } from './apply-payout.ts';

const rereadAfterMs = 30 * minuteMs;
// Banks can return a payout within five business days after "paid"; two weeks cover any run of holidays.
const watchPaidMs = 14 * dayMs;
const batch = 50;

/** Reads a payout from Stripe and applies it; ignores payouts that are not ours. */
export async function refreshPayout(
  ctx: Ctx,
  stripePayoutId: string,
  stripeAccountId: string,
): Promise<void> {
  const made = await ctx.stripe.payouts.retrieve(stripePayoutId, {}, { stripeAccount: stripeAccountId });
  const payoutId = made.metadata?.payout_id;
  if (payoutId === undefined) return;
  const owner = await ctx.db
    .selectFrom('payouts')
    .innerJoin('connected_accounts', 'connected_accounts.user_id', 'payouts.contractor_id')
    .select('payouts.id')
    .where('payouts.id', '=', payoutId)
    .where('connected_accounts.stripe_account_id', '=', stripeAccountId)
    .executeTakeFirst();
  if (owner !== undefined) await applyPayout(ctx, payoutId, made);
}

/** Sweep: asks Stripe again about payouts whose webhooks may have been lost. */
export async function rereadPayouts(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const due = await ctx.db
    .updateTable('payouts')
    .set({ read_at: now })
    .where('id', 'in', (select) =>
      select
        .selectFrom('payouts')
        .select('id')
        .where('status', 'in', ['pending', 'in_transit', 'paid'])
        .where('read_at', '<', addMs(now, -rereadAfterMs))
        .where((where) =>
          where.or([where('completed_at', 'is', null), where('completed_at', '>', addMs(now, -watchPaidMs))]),
        )
        .where('stripe_payout_id', 'is not', null)
        .orderBy('read_at')
        .limit(batch)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['stripe_payout_id', 'contractor_id'])
    .execute();
  for (const payout of due) {
    const account = await ctx.db
      .selectFrom('connected_accounts')
      .select('stripe_account_id')
      .where('user_id', '=', payout.contractor_id)
      .executeTakeFirstOrThrow();
    await refreshPayout(ctx, payout.stripe_payout_id!, account.stripe_account_id!).catch((error) =>
      ctx.log.warn({ err: error, payout: payout.stripe_payout_id }, 'payout not read again, next time'),
    );
  }
}
