import { z } from 'zod';
import { Timestamp } from './fields.ts';

/** Every error the API can answer: its HTTP status and a title. The code is stable, the texts are not. */
export const errorTable = {
  validation_failed: { status: 400, title: 'The request does not fit its schema' },
  malformed_request: { status: 400, title: 'The request cannot be read' },
  invalid_signature: { status: 400, title: 'The signature does not match' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  invalid_credentials: { status: 401, title: 'The credentials are wrong' },
  second_factor_required: { status: 401, title: 'A code of the second factor is required' },
  token_expired: { status: 401, title: 'The token has expired or was revoked' },
  card_declined: { status: 402, title: 'The card was declined' },
  forbidden: { status: 403, title: 'This account may not do that' },
  second_factor_not_enrolled: { status: 403, title: 'This account needs a second factor first' },
  account_suspended: { status: 403, title: 'This account is suspended' },
  not_found: { status: 404, title: 'There is no such resource' },
  method_not_allowed: { status: 405, title: 'This path does not take this method' },
  conflict: { status: 409, title: 'The state of the resource does not allow this' },
  already_exists: { status: 409, title: 'It exists already' },
  idempotency_in_flight: { status: 409, title: 'A request with this idempotency key is still running' },
  insufficient_funds: { status: 409, title: 'The balance does not cover this amount' },
  onboarding_required: { status: 409, title: 'The payout account is not ready yet' },
  request_timeout: { status: 408, title: 'The request came too slowly' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not accepted' },
  range_not_satisfiable: { status: 416, title: 'This range is not within the file' },
  invalid_code: { status: 422, title: 'The code is wrong, used or expired' },
  idempotency_mismatch: { status: 422, title: 'This idempotency key was used with another request' },
  quota_exceeded: { status: 422, title: 'There is no room left for more files of this account' },
  below_minimum: { status: 422, title: 'The amount is below the minimum' },
  unprocessable: { status: 422, title: 'The request is understood and cannot be done' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  payment_provider_failed: { status: 502, title: 'The payment provider did not answer as expected' },
  unavailable: { status: 503, title: 'The service is not available right now' },
  storage_full: { status: 507, title: 'There is no space left for this' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorTable;

export const errorCodes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

/** An RFC 9457 problem, sent as application/problem+json. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(errorCodes),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    declineCode: z.string().nullable().optional(),
    availableAt: Timestamp.nullable().optional().meta({
      description: 'when the amount that was asked for can be withdrawn; null: it is not owed',
    }),
    retryAfterSeconds: z.int().optional(),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'urn:holdfast:problem:validation_failed',
        title: errorTable.validation_failed.title,
        status: 400,
        code: 'validation_failed',
        detail: 'body.title: Too small: expected string to have >=3 characters',
        requestId: 'req_7dJ2kQm4Xv0b',
        errors: [{ path: 'body.title', message: 'Too small: expected string to have >=3 characters' }],
      },
    ],
  });
export type Problem = z.infer<typeof Problem>;
