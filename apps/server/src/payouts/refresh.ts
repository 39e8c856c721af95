import { sql } from 'kysely';
import { addMs, dayMs, minuteMs } from '../clock.ts';
import { isRefusedAsClosed } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { enqueue } from '../outbox/enqueue.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { applyPayout } from './apply-payout.ts';

const rereadAfterMs = 30 * minuteMs;
// Banks can return a payout within five business days after "paid"; two weeks cover any run of holidays.
const watchPaidMs = 14 * dayMs;
const batch = 50;

/** Reads a payout from Stripe and applies it; ignores payouts that are not ours, and accounts that are closed. */
export async function refreshPayout(
  ctx: Ctx,
  stripePayoutId: string,
  stripeAccountId: string,
): Promise<void> {
  const made = await read(ctx, stripePayoutId, stripeAccountId);
  const payoutId = made?.metadata?.payout_id;
  if (made === undefined || payoutId === undefined) return;
  const ours = await ctx.db
    .selectFrom('payouts')
    .select('id')
    .where('id', '=', payoutId)
    .where('paid_from', '=', stripeAccountId)
    .executeTakeFirst();
  if (ours !== undefined) await applyPayout(ctx, payoutId, made);
}

/** Undefined where nobody can read it: Stripe shows us nothing of accounts that are closed or were left. */
async function read(
  ctx: Ctx,
  stripePayoutId: string,
  stripeAccountId: string,
): Promise<Stripe.Payout | undefined> {
  const account = await ctx.db
    .selectFrom('connected_accounts')
    .select('closed_at')
    .where('stripe_account_id', '=', stripeAccountId)
    .executeTakeFirst();
  if (account === undefined || account.closed_at !== null) return undefined;
  try {
    return await ctx.stripe.payouts.retrieve(stripePayoutId, {}, { stripeAccount: stripeAccountId });
  } catch (error) {
    if (await isRefusedAsClosed(ctx, stripeAccountId, error)) return undefined;
    throw error;
  }
}

/** Sweep: asks Stripe again about payouts whose webhooks may have been lost, and sends those whose task gave up. */
export async function rereadPayouts(ctx: Ctx): Promise<void> {
  for (const payout of await takeDue(ctx)) {
    try {
      if (payout.stripe_payout_id === null) {
        const { id } = payout;
        await enqueue(ctx.db, 'payouts.send', { payoutId: id }, { key: `payout:${id}` });
      } else await refreshPayout(ctx, payout.stripe_payout_id, payout.paid_from);
    } catch (error) {
      ctx.log.warn({ err: error, payoutId: payout.id }, 'payout not read again, next time');
    }
  }
}

type Due = { id: string; stripe_payout_id: string | null; paid_from: string };

async function takeDue(ctx: Ctx): Promise<Due[]> {
  const now = ctx.clock.now();
  const { rows } = await sql<Due>`
    update payouts set read_at = ${now} where id in (
      select id from payouts
      where (status in ('pending', 'in_transit') or status = 'paid' and completed_at > ${addMs(now, -watchPaidMs)})
        and read_at < ${addMs(now, -rereadAfterMs)}
      order by read_at limit ${batch} for update skip locked)
    returning id, stripe_payout_id, paid_from`.execute(ctx.db);
  return rows;
}
