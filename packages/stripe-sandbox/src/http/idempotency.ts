import type { SavedAnswer } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { invalidRequest, StripeError } from './errors.ts';

const keptMs = 24 * 60 * 60 * 1000;
const maximumLength = 255;

/** Keys belong to an account: the same key means another request on another account. */
export function recordId(account: string, key: string): string {
  return `${account}/${key}`;
}

export function checkKey(key: string): void {
  if (key.length <= maximumLength) return;
  throw invalidRequest(`Idempotency keys must be at most ${maximumLength} characters long.`);
}

export function keyInUse(key: string): StripeError {
  return new StripeError(
    409,
    'idempotency_error',
    `There is currently another in-progress request using this Idempotent Key (that probably means you submitted ` +
      `twice, and the other request is still going through): ${key}. Please try again later.`,
    { code: 'idempotency_key_in_use' },
    { shouldRetry: true },
  );
}

/** The answer saved under a key, if it is not older than a day. Refuses the key for another request. */
export function savedAnswer(tx: Transaction, id: string, fingerprint: string): SavedAnswer | undefined {
  const saved = tx.find('idempotency', id)?.data;
  if (saved === undefined || tx.nowMs - saved.savedMs >= keptMs) return undefined;
  if (saved.fingerprint === fingerprint) return saved;
  throw new StripeError(
    400,
    'idempotency_error',
    'Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a ' +
      `key other than '${id.slice(id.indexOf('/') + 1)}' if you meant to execute a different request.`,
  );
}

/** Saves the answer in the transaction that did what it tells of. */
export function saveAnswer(tx: Transaction, id: string, account: string, answer: SavedAnswer): void {
  if (tx.find('idempotency', id) === undefined)
    tx.insert('idempotency', { id, account, data: answer, hidden: {} });
  else tx.edit('idempotency', id).data = answer;
}

/** Forgets what is older than a day. */
export function dropExpired(tx: Transaction): void {
  for (const { id, data } of tx.all('idempotency')) {
    if (tx.nowMs - data.savedMs >= keptMs) tx.remove('idempotency', id);
  }
}
