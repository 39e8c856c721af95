import { followDispute, heedFraudWarning } from '../chargebacks/chargebacks.ts';
import { settleIntentById } from '../checkout/checkout.ts';
import { refreshAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { recordFee, refreshRefund, resumeReleases } from '../payments/payments.ts';
import { refreshPayout, resumeSchedule } from '../payouts/payouts.ts';

type StoredEvent = { id: string; type: string; objectId: string; stripeAccountId: string | null };
type Apply = (ctx: Ctx, event: StoredEvent) => Promise<void>;

/**
 * Outbox task: an event only says where to look. Each handler reads the object from Stripe and applies what it says
 * now, so that late, doubled or reordered events all end in the same state.
 */
export async function applyEvent(ctx: Ctx, { eventId }: { eventId: string }): Promise<void> {
  const event = await ctx.db
    .selectFrom('stripe_events')
    .selectAll()
    .where('id', '=', eventId)
    .executeTakeFirstOrThrow();
  if (event.applied_at !== null) return;
  const apply = handlers[event.type];
  if (apply !== undefined && event.object_id !== null)
    await apply(ctx, {
      id: eventId,
      type: event.type,
      objectId: event.object_id,
      stripeAccountId: event.stripe_account_id,
    });
  await ctx.db
    .updateTable('stripe_events')
    .set({ applied_at: ctx.clock.now() })
    .where('id', '=', eventId)
    .execute();
}

const intentChanged: Apply = async (ctx, { objectId }) => {
  await settleIntentById(ctx, objectId);
};

const refundChanged: Apply = (ctx, { objectId }) => refreshRefund(ctx, objectId);

const chargeChanged: Apply = (ctx, { objectId }) => recordFee(ctx, objectId);

const payoutChanged: Apply = async (ctx, { objectId, stripeAccountId }) => {
  if (stripeAccountId !== null) await refreshPayout(ctx, objectId, stripeAccountId);
};

const accountChanged: Apply = async (ctx, { stripeAccountId, objectId }) => {
  const account = await refreshAccount(ctx, stripeAccountId ?? objectId);
  if (account === undefined) return;
  if (account.transfers_active) await inTransaction(ctx.db, (tx) => resumeReleases(tx, account.user_id));
  await resumeSchedule(ctx, account.user_id);
};

const disputeChanged: Apply = (ctx, { objectId }) => followDispute(ctx, objectId);

const fraudWarned: Apply = (ctx, { id }) => heedFraudWarning(ctx, id);

/** The event types we subscribe to; others are stored and left alone. */
const handlers: Record<string, Apply> = {
  'payment_intent.succeeded': intentChanged,
  'payment_intent.payment_failed': intentChanged,
  'payment_intent.requires_action': intentChanged,
  'payment_intent.processing': intentChanged,
  'payment_intent.canceled': intentChanged,
  'charge.updated': chargeChanged,
  'refund.created': refundChanged,
  'refund.updated': refundChanged,
  'refund.failed': refundChanged,
  'charge.dispute.created': disputeChanged,
  'charge.dispute.updated': disputeChanged,
  'charge.dispute.funds_withdrawn': disputeChanged,
  'charge.dispute.funds_reinstated': disputeChanged,
  'charge.dispute.closed': disputeChanged,
  'radar.early_fraud_warning.created': fraudWarned,
  'account.updated': accountChanged,
  'account.external_account.created': accountChanged,
  'account.external_account.updated': accountChanged,
  'account.external_account.deleted': accountChanged,
  // Its object is the application; the account is that of the event.
  'account.application.deauthorized': accountChanged,
  'capability.updated': accountChanged,
  'payout.created': payoutChanged,
  'payout.updated': payoutChanged,
  'payout.paid': payoutChanged,
  'payout.failed': payoutChanged,
  'payout.canceled': payoutChanged,
};

export const subscribedEvents = Object.keys(handlers);
