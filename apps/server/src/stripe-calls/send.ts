import type { Selectable } from 'kysely';
import { addMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { PaymentTables } from '../db/tables/payments.ts';
import { type StripeFailure, stripeFailure } from '../vendors/stripe.ts';

// Stripe forgets idempotency keys after 24 hours; from here on a repetition could execute a second time.
const keyLifeMs = 23 * hourMs;

/** Stripe did not do it. `failure` says why; 'unknown' means that nobody knows and the call must be repeated. */
export class StripeCallFailed extends Error {
  readonly failure: StripeFailure;
  constructor(callId: string, failure: StripeFailure) {
    super(`${callId}: ${failure.kind}: ${failure.code}`);
    this.name = 'StripeCallFailed';
    this.failure = failure;
  }
}

type Call = Selectable<PaymentTables['stripe_calls']>;

export type CallOptions = { idempotencyKey: string; stripeAccount?: string };

export type Sender<T> = {
  /** Makes the call with the stored parameters. */
  send(params: Record<string, unknown>, options: CallOptions): Promise<T>;
  /** Finds what the call may have made, by transfer group or metadata. */
  find(params: Record<string, unknown>, stripeAccountId: string | undefined): Promise<T | undefined>;
  /** Reads it again by its id. */
  retrieve(stripeId: string, stripeAccountId: string | undefined): Promise<T>;
};

/**
 * Makes a prepared call, at most once in effect: the key was stored before, an unknown outcome is repeated under
 * the same key, and where the key no longer protects (after a day, or when it had to be replaced by another) the
 * object is looked up first. Never call it inside a transaction.
 */
export async function sendCall<T extends { id: string }>(
  ctx: Ctx,
  callId: string,
  sender: Sender<T>,
): Promise<T> {
  const known = await ctx.db
    .selectFrom('stripe_calls')
    .selectAll()
    .where('id', '=', callId)
    .executeTakeFirstOrThrow();
  const account = known.stripe_account_id ?? undefined;
  if (known.stripe_id !== null) return sender.retrieve(known.stripe_id, account);
  if (!isProtected(known, ctx.clock.now())) {
    const found = await sender.find(known.params, account);
    if (found !== undefined) return settle(ctx, callId, found);
  }
  // From here on the parameters are fixed: those that this answers, not those read before.
  const call = await markSent(ctx, known);
  try {
    const made = await sender.send(call.params, {
      idempotencyKey: `${callId}:${call.attempt}`,
      ...(account === undefined ? {} : { stripeAccount: account }),
    });
    return await settle(ctx, callId, made);
  } catch (error) {
    return afterFailure(ctx, call, sender, stripeFailure(error));
  }
}

/** Whether the key alone makes sure that nothing happens twice: the first key of this call, and not too old. */
const isProtected = (call: Call, now: Date) =>
  call.attempt === 1 && (call.first_sent_at === null || call.first_sent_at >= addMs(now, -keyLifeMs));

/**
 * A stored failure under the key would be repeated for a day: look whether it happened, else take the next key. Look
 * also before believing a refusal that follows an attempt whose outcome nobody knew: that one may have got through.
 */
async function afterFailure<T extends { id: string }>(
  ctx: Ctx,
  call: Call,
  sender: Sender<T>,
  failure: StripeFailure,
): Promise<T> {
  const isFinal = failure.kind !== 'unknown';
  if (isFinal ? call.first_sent_at !== null : failure.isReplay) {
    const found = await sender.find(call.params, call.stripe_account_id ?? undefined);
    if (found !== undefined) return settle(ctx, call.id, found);
  }
  await ctx.db
    .updateTable('stripe_calls')
    .set({ last_error: `${failure.kind}: ${failure.code}` })
    .$if(isFinal || failure.isReplay, (update) => update.set({ attempt: call.attempt + 1 }))
    // A refusal leaves nothing open: with it the call begins anew.
    .$if(isFinal, (update) => update.set({ first_sent_at: null }))
    .where('id', '=', call.id)
    .where('attempt', '=', call.attempt)
    .execute();
  throw new StripeCallFailed(call.id, failure);
}

/** Answers the call to send, with first_sent_at as it was before: null when nobody had sent it. */
async function markSent(ctx: Ctx, known: Call): Promise<Call> {
  const marked = await ctx.db
    .updateTable('stripe_calls')
    .set({ first_sent_at: ctx.clock.now() })
    .where('id', '=', known.id)
    .where('first_sent_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (marked !== undefined) return { ...marked, first_sent_at: null };
  return ctx.db.selectFrom('stripe_calls').selectAll().where('id', '=', known.id).executeTakeFirstOrThrow();
}

async function settle<T extends { id: string }>(ctx: Ctx, callId: string, made: T): Promise<T> {
  await ctx.db
    .updateTable('stripe_calls')
    .set({ stripe_id: made.id, succeeded_at: ctx.clock.now(), last_error: null })
    .where('id', '=', callId)
    .where('stripe_id', 'is', null)
    .execute();
  return made;
}
