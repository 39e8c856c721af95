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
  /** Stripe refused the request as such and did nothing. `param` is the parameter it blames, if any. */
  | { kind: 'refused'; code: string; param: string | null; message: string }
  /** Nobody knows whether it happened: repeat with the same idempotency key, or look it up. */
  | { kind: 'unknown'; code: string; message: string; isReplay: boolean };

// 401: our key is wrong or was replaced. As with the others, the same call can be made again later.
const passing: ReadonlySet<number> = new Set([401, 409, 429]);

/** Sorts whatever a call to Stripe threw by what it says about the money. Not a Stripe error: rethrown. */
export function stripeFailure(error: unknown): StripeFailure {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const code = error.code ?? error.type;
  const message = error.message;
  if (error instanceof Stripe.errors.StripeCardError)
    return { kind: 'declined', code, declineCode: error.decline_code || null, message };
  const status = error.statusCode ?? 0;
  // What Stripe says of keys and rights is about our own configuration, and quotes parts of the key.
  if (status === 403)
    return { kind: 'refused', code, param: null, message: 'Access to this account is denied.' };
  if (status >= 400 && status < 500 && !passing.has(status))
    return { kind: 'refused', code, param: error.param ?? null, message };
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
      const event = stripe.webhooks.constructEvent(
        body,
        signature,
        secret,
        300,
        undefined,
        receivedAt.getTime(),
      );
      return isSnapshot(event) ? event : undefined;
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) {
        // Signed and yet no event: text that is not JSON, or a kind of event that we did not subscribe to.
        return undefined;
      }
    }
  }
  return undefined;
}

const isSnapshot = (event: Partial<Stripe.Event> | null): event is Stripe.Event =>
  typeof event?.id === 'string' && typeof event.type === 'string' && typeof event.data?.object === 'object';
