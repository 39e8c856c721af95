import type { IncomingMessage } from 'node:http';
import { invalidRequest, maskKey, type StripeError } from './errors.ts';

export type Credentials = { key: string; publishable: boolean };

function keyOf(header: string): string {
  const bearer = /^Bearer\s+(\S+)$/i.exec(header);
  if (bearer !== null) return bearer[1] ?? '';
  const basic = /^Basic\s+(\S+)$/i.exec(header);
  if (basic === null) return '';
  return (
    Buffer.from(basic[1] ?? '', 'base64')
      .toString('utf8')
      .split(':')[0] ?? ''
  );
}

function refuse(message: string): StripeError {
  return invalidRequest(message, {}, 401);
}

/** Takes any test key that looks right; live keys are refused, so that nobody sends one here for long. */
export function authenticate(request: IncomingMessage): Credentials {
  const key = keyOf(request.headers.authorization ?? '');
  if (key === '') {
    throw refuse(
      'You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer ' +
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.",
    );
  }
  if (/^(sk|rk)_test_/.test(key) && key.length >= 20) return { key, publishable: false };
  if (/^pk_test_/.test(key) && key.length >= 20) return { key, publishable: true };
  throw refuse(`Invalid API Key provided: ${maskKey(key)}`);
}
