import { sql } from 'kysely';
import { addMs, dayMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { enqueue } from '../outbox/enqueue.ts';
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

/** Sweep: asks Stripe again about payouts whose webhooks may have been lost, and sends those whose task gave up. */
export async function rereadPayouts(ctx: Ctx): Promise<void> {
  for (const payout of await takeDue(ctx)) {
    try {
      if (payout.stripe_payout_id === null) {
        const { id } = payout;
        await enqueue(ctx.db, 'payouts.send', { payoutId: id }, { key: `payout:${id}` });
      } else await refreshPayout(ctx, payout.stripe_payout_id, payout.stripe_account_id!);
    } catch (error) {
      ctx.log.warn({ err: error, payoutId: payout.id }, 'payout not read again, next time');
    }
  }
}

type Due = { id: string; stripe_payout_id: string | null; stripe_account_id: string | null };

async function takeDue(ctx: Ctx): Promise<Due[]> {
  const now = ctx.clock.now();
  const { rows } = await sql<Due>`
    update payouts set read_at = ${now} from connected_accounts
    where connected_accounts.user_id = payouts.contractor_id and payouts.id in (
      select id from payouts
      where status in ('pending', 'in_transit', 'paid') and read_at < ${addMs(now, -rereadAfterMs)}
        and (completed_at is null or completed_at > ${addMs(now, -watchPaidMs)})
      order by read_at limit ${batch} for update skip locked)
    returning payouts.id, stripe_payout_id, stripe_account_id`.execute(ctx.db);
  return rows;
}
