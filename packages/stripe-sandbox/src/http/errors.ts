import type { JsonObject } from '../json.ts';

export type ErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

export type ErrorDetails = {
  code?: string | undefined;
  param?: string | undefined;
  decline_code?: string | undefined;
  charge?: string | undefined;
  advice_code?: string | undefined;
  network_decline_code?: string | undefined;
  payment_intent?: JsonObject | undefined;
  payment_method?: JsonObject | undefined;
  setup_intent?: JsonObject | undefined;
};

export function invalidRequest(message: string, details: ErrorDetails = {}, status = 400): StripeError {
  return new StripeError(status, 'invalid_request_error', message, details);
}

/** 404, or 400 where the missing object is named by a parameter of the body. */
export function noSuch(noun: string, id: string, param: string, status = 404): StripeError {
  return invalidRequest(`No such ${noun}: '${id}'`, { code: 'resource_missing', param }, status);
}

export function noAccess(account: string, key: string): StripeError {
  const message =
    `The provided key '${maskKey(key)}' does not have access to account '${account}' ` +
    '(or that account does not exist). Application access may have been revoked.';
  return invalidRequest(message, { code: 'account_invalid' }, 403);
}

export function maskKey(key: string): string {
  const visible = key.slice(0, 8);
  return `${visible}${'*'.repeat(Math.max(0, Math.min(key.length, 40) - 12))}${key.length > 12 ? key.slice(-4) : ''}`;
}

/** An answer other than 200. `keepsChanges` says that what was done until then stays done. */
export class StripeError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly details: ErrorDetails;
  readonly keepsChanges: boolean;
  readonly shouldRetry: boolean | undefined;

  constructor(
    status: number,
    type: ErrorType,
    message: string,
    details: ErrorDetails = {},
    options: { keepsChanges?: boolean; shouldRetry?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = details;
    this.keepsChanges = options.keepsChanges ?? false;
    this.shouldRetry = options.shouldRetry;
  }

  body(requestId: string): JsonObject {
    const documented = this.details.code === undefined ? undefined : this.details.code.replaceAll('_', '-');
    return {
      error: {
        ...this.details,
        ...(documented === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${documented}` }),
        message: this.message,
        request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
        type: this.type,
      },
    };
  }
}
