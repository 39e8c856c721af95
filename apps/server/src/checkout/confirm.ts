import type { Payment } from '@holdfast/contract';
import { asProviderError } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError, conflict, invalidField, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { ensureIntent, findPayment, presentPayment } from '../payments/payments.ts';
import { prepareCall, StripeCallFailed, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';
import { settleIntentById } from './settle.ts';
import { isUnpaid } from './unpaid.ts';

export type ConfirmRequest = {
  paymentId: string;
  paymentMethod?: string | undefined;
  returnUrl?: string | undefined;
};
export type Confirmation = {
  payment: Payment;
  nextAction: { type: string; redirectUrl: string | null } | null;
};

/**
 * Confirms the customer's payment, or only reads it again. Whatever happens, the answer is what Stripe says of the
 * intent afterwards. Errors: not_found, conflict, card_declined (with Stripe's reason), validation_failed (no such
 * payment method), unprocessable (Stripe does not take it), payment_provider_failed.
 */
export async function confirmPayment(ctx: Ctx, actor: Actor, request: ConfirmRequest): Promise<Confirmation> {
  const payment = await findPayment(ctx, actor.userId, request.paymentId);
  if (payment.customer_id !== actor.userId) throw notFound('payment');
  try {
    const stripePaymentId = payment.stripe_payment_id ?? (await ensureIntent(ctx, payment.id)).id;
    const failed =
      request.paymentMethod !== undefined && payment.status === 'pending'
        ? await attempt(ctx, payment.id, stripePaymentId, request.paymentMethod, request.returnUrl)
        : undefined;
    const intent = await settleIntentById(ctx, stripePaymentId);
    // The intent is the truth: an attempt whose answer was lost, or that another one overtook, may have got through.
    if (failed !== undefined && isUnpaid(intent)) throw failed;
    return {
      payment: await presentPayment(ctx, await findPayment(ctx, actor.userId, payment.id)),
      nextAction: nextActionOf(intent),
    };
  } catch (error) {
    throw asProviderError(error);
  }
}

/**
 * One try with one payment method, under a key of its own. Undefined if Stripe took it or says that the intent is past
 * confirming (a webhook or another request was faster); otherwise the error to answer with if nothing was paid.
 */
async function attempt(
  ctx: Ctx,
  paymentId: string,
  stripePaymentId: string,
  paymentMethod: string,
  returnUrl: string | undefined,
): Promise<AppError | undefined> {
  const callId = await prepareAttempt(ctx, paymentId, {
    payment_method: paymentMethod,
    return_url: returnUrl ?? `${ctx.config.publicUrl}/payment-return`,
  });
  try {
    await sendCall(ctx, callId, {
      send: (params, options) =>
        ctx.stripe.paymentIntents.confirm(
          stripePaymentId,
          params as Stripe.PaymentIntentConfirmParams,
          options,
        ),
      retrieve: (id) => ctx.stripe.paymentIntents.retrieve(id),
      // An intent that is still to be paid was not confirmed by this.
      find: async () => {
        const intent = await ctx.stripe.paymentIntents.retrieve(stripePaymentId);
        return isUnpaid(intent) ? undefined : intent;
      },
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof StripeCallFailed)) throw error;
    const { failure } = error;
    if (failure.kind === 'declined')
      return new AppError('card_declined', failure.message, {
        declineCode: failure.declineCode ?? failure.code,
        cause: error,
      });
    if (failure.kind === 'refused' && failure.code !== 'payment_intent_unexpected_state')
      throw refusal(failure.message, failure.param, error);
    return failure.kind === 'unknown' ? asProviderError(error) : undefined;
  }
}

function prepareAttempt(ctx: Ctx, paymentId: string, params: Record<string, unknown>): Promise<string> {
  return inTransaction(ctx.db, async (tx) => {
    const counted = await tx
      .updateTable('payments')
      .set((set) => ({ confirm_attempts: set('confirm_attempts', '+', 1) }))
      .where('id', '=', paymentId)
      .where('status', '=', 'pending')
      .where('abandoned_at', 'is', null)
      .returning('confirm_attempts')
      .executeTakeFirst();
    if (counted === undefined) throw conflict('This payment cannot be confirmed any more.');
    const id = `confirm:${paymentId}:${counted.confirm_attempts}`;
    await prepareCall(tx, ctx.clock.now(), { id, params });
    return id;
  });
}

const fields: Record<string, string> = {
  payment_method: 'body.paymentMethod',
  return_url: 'body.returnUrl',
};

function refusal(message: string, param: string | null, cause: unknown): AppError {
  const path = fields[param ?? ''];
  if (path === undefined)
    return new AppError('unprocessable', `Stripe does not take this confirmation: ${message}`, { cause });
  return invalidField(path, message, cause);
}

function nextActionOf(intent: Stripe.PaymentIntent): Confirmation['nextAction'] {
  if (intent.status !== 'requires_action' || intent.next_action === null) return null;
  return { type: intent.next_action.type, redirectUrl: intent.next_action.redirect_to_url?.url ?? null };
}
