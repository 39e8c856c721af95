import Stripe from 'stripe';
import type { StripeConfig } from '../config.ts';

export type { Stripe };

/** The SDK's client as the modules see it. Objects keep Stripe's own names and shapes. */
export type StripeClient = Stripe;

/**
 * A client for the API version that the SDK pins. Without apiBase it talks to Stripe itself.
 * Retries are left to the outbox, which has the idempotency key stored before the first attempt;
 * the SDK repeats only reads and connection errors within one call.
 */
export function createStripeClient(config: StripeConfig): StripeClient {
  const base = config.apiBase === undefined ? undefined : new URL(config.apiBase);
  return new Stripe(config.secretKey, {
    maxNetworkRetries: 1,
    timeout: 20_000,
    telemetry: false,
    appInfo: { name: 'Holdfast' },
    ...(base === undefined
      ? {}
      : {
          host: base.hostname,
          port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
          protocol: base.protocol === 'https:' ? ('https' as const) : ('http' as const),
        }),
  });
}

export type StripeFailure =
  /** The card's owner or bank said no; nothing was taken. */
  | { kind: 'declined'; code: string; declineCode: string | null; message: string }
  /** Stripe refused the request as such and did nothing: repeating it unchanged is pointless. */
  | { kind: 'refused'; code: string; message: string }
  /** Nobody knows whether it happened: repeat with the same idempotency key, or look it up. */
  | { kind: 'unknown'; code: string; message: string; isReplay: boolean };

/** Sorts whatever a call to Stripe threw by what it says about the money. Not a Stripe error: rethrown. */
export function stripeFailure(error: unknown): StripeFailure {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const code = error.code ?? error.type;
  const message = error.message;
  if (error instanceof Stripe.errors.StripeCardError)
    return { kind: 'declined', code, declineCode: error.decline_code || null, message };
  const status = error.statusCode ?? 0;
  const isRefusal = status >= 400 && status < 500 && status !== 409 && status !== 429;
  if (isRefusal) return { kind: 'refused', code, message };
  return { kind: 'unknown', code, message, isReplay: error.headers?.['idempotent-replayed'] === 'true' };
}

/**
 * The event of a webhook delivery, if one of the secrets signed these exact bytes; otherwise undefined.
 * receivedAt is compared with the signature's own time, so that a moved development clock works too.
 */
export function verifyWebhook(
  stripe: StripeClient,
  body: Buffer,
  signature: string,
  secrets: readonly string[],
  receivedAt: Date,
): Stripe.Event | undefined {
  for (const secret of secrets) {
    try {
      return stripe.webhooks.constructEvent(
        body,
        signature,
        secret,
        300,
        undefined,
        Math.floor(receivedAt.getTime() / 1000),
      );
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
    }
  }
  return undefined;
}
