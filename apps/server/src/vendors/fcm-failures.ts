import { dayMs, minuteMs } from '../clock.ts';

export type PushFailure =
  /** Nothing can be sent to this token, now or later. */
  | { kind: 'gone'; reason: 'unregistered' | 'invalid_token' | 'sender_mismatch' }
  /** Whose trouble it is: Firebase's with this token, Firebase's own, or that of how we are set up. */
  | { kind: 'retry'; reason: string; afterMs?: number; trouble: 'token' | 'service' | 'setup' }
  /** Firebase will never take this message. */
  | { kind: 'failed'; reason: string };

/** Nobody answered in time. */
export class TooLate extends Error {
  constructor() {
    super('no answer in time');
  }
}

type Answer = { status: number; headers: Record<string, unknown>; data: unknown };
type ErrorBody = { message: string; code: string | undefined; fields: string[] };

/**
 * What an error of Firebase's SDK means for the token and the message. The SDK's own codes are too coarse: they call it
 * an unregistered token when the project is not found, and a token of another project when our account lacks a right.
 * A mistake in the set-up would then cost every token there is.
 */
export function pushFailure(error: unknown): PushFailure {
  const { code = '', httpResponse } = error as { code?: string; httpResponse?: Answer };
  if (httpResponse !== undefined) return answered(httpResponse);
  if (error instanceof TooLate || code === 'app/network-timeout')
    return { kind: 'retry', reason: 'timeout', trouble: 'service' };
  if (code === 'app/invalid-credential') return { kind: 'retry', reason: 'credentials', trouble: 'setup' };
  // Checked by the SDK before anything is sent.
  if (code.startsWith('messaging/')) return { kind: 'failed', reason: 'invalid_message' };
  if (code.startsWith('app/')) return { kind: 'retry', reason: 'unreachable', trouble: 'service' };
  return { kind: 'retry', reason: 'sdk', trouble: 'setup' };
}

function answered(answer: Answer): PushFailure {
  const { status } = answer;
  const body = bodyOf(answer.data);
  if (body.code === 'UNREGISTERED') return { kind: 'gone', reason: 'unregistered' };
  if (body.code === 'SENDER_ID_MISMATCH') return { kind: 'gone', reason: 'sender_mismatch' };
  if (status === 400)
    return blamesToken(body)
      ? { kind: 'gone', reason: 'invalid_token' }
      : { kind: 'failed', reason: 'invalid_message' };
  if (status === 413) return { kind: 'failed', reason: 'invalid_message' };
  if (body.code === 'THIRD_PARTY_AUTH_ERROR')
    return { kind: 'retry', reason: 'third_party_auth', trouble: 'setup' };
  if (status === 401 || status === 403) return { kind: 'retry', reason: 'credentials', trouble: 'setup' };
  if (status === 404) return { kind: 'retry', reason: 'project', trouble: 'setup' };
  const asked = retryAfterMs(answer.headers);
  // Firebase wants a minute where it does not say how long.
  if (status === 429)
    return { kind: 'retry', reason: 'rate_limited', afterMs: asked ?? minuteMs, trouble: 'token' };
  return {
    kind: 'retry',
    reason: status === 503 ? 'unavailable' : 'internal',
    ...(asked === undefined ? {} : { afterMs: asked }),
    trouble: 'token',
  };
}

/** INVALID_ARGUMENT is said of tokens and of everything else in a message. */
const blamesToken = ({ message, fields }: ErrorBody): boolean =>
  fields.length > 0 ? fields.includes('message.token') : /registration token/i.test(message);

function bodyOf(data: unknown): ErrorBody {
  const error = ((data as { error?: unknown } | null)?.error ?? {}) as {
    message?: unknown;
    details?: unknown;
  };
  const details = (Array.isArray(error.details) ? error.details : []) as Record<string, unknown>[];
  const code = details.find((one) => String(one?.['@type']).endsWith('.FcmError'))?.errorCode;
  const violations = details.flatMap((one) => (one?.fieldViolations ?? []) as { field?: unknown }[]);
  return {
    message: String(error.message ?? ''),
    code: typeof code === 'string' ? code : undefined,
    fields: violations.map((one) => String(one?.field)),
  };
}

/** Seconds, or a moment by the clock of whoever answered. */
function retryAfterMs(headers: Record<string, unknown>): number | undefined {
  const text = String(headers['retry-after'] ?? '');
  const milliseconds = /^\d+$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text) - Date.parse(String(headers.date ?? ''));
  if (Number.isNaN(milliseconds)) return undefined;
  return Math.min(Math.max(milliseconds, 0), dayMs);
}
