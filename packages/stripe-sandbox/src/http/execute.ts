import { endpoints, publishableEndpoints } from '../endpoints.ts';
import type { Engine } from '../engine/engine.ts';
import { platformId } from '../engine/platform.ts';
import type { JsonObject } from '../json.ts';
import { coerce } from '../schema/coerce.ts';
import { parametersOf, responseOf } from '../schema/description.ts';
import { expanded } from '../schema/expand.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Credentials } from './authenticate.ts';
import type { Endpoint } from './endpoint.ts';
import { invalidRequest, noAccess, noSuch, StripeError } from './errors.ts';
import { checkKey, keyInUse, recordId, saveAnswer, savedAnswer } from './idempotency.ts';
import { textsOf } from './parameters.ts';
import type { Understood } from './understand.ts';

export type Answer = {
  status: number;
  body: string;
  /** Set when this is the saved answer to an earlier request. */
  replayOf?: string;
  shouldRetry?: boolean | undefined;
};

function secretKeyRequired(): StripeError {
  return invalidRequest(
    'This API call cannot be made with a publishable API key. Please use a secret API key.',
    { code: 'secret_key_required' },
    403,
  );
}

function endpointOf(asked: Understood): Endpoint {
  const endpoint = endpoints[asked.name];
  if (endpoint === undefined) {
    throw invalidRequest(
      `The sandbox does not serve this part of Stripe's API yet (${asked.name}).`,
      {},
      501,
    );
  }
  if (asked.publishable && !publishableEndpoints.has(asked.name)) {
    throw secretKeyRequired();
  }
  return endpoint;
}

function parametersFor(asked: Understood): JsonObject {
  const { client_secret: secret, ...form } = asked.form;
  const withSecret = asked.publishable && typeof secret === 'string';
  const given = coerce(parametersOf(asked.route.operation), withSecret ? form : asked.form) as JsonObject;
  return withSecret ? { ...given, client_secret: secret } : given;
}

function perform(tx: Transaction, asked: Understood): string {
  const acting = tx.find('account', asked.account);
  if (asked.account !== platformId && (acting === undefined || acting.hidden.gone !== undefined)) {
    throw noAccess(asked.account, asked.key);
  }
  const endpoint = endpointOf(asked);
  const params = parametersFor(asked);
  const { account, pathname, publishable, route, upload } = asked;
  const body = endpoint({ tx, params, ids: route.ids, account, pathname, publishable, upload });
  const answer = expanded(tx, body, responseOf(route.operation), textsOf(params, 'expand'));
  return JSON.stringify(answer, null, 2);
}

/** Does the work and saves the answer with it. A decline is an answer too; other errors undo everything. */
function performAndSave(tx: Transaction, asked: Understood, replaceBy?: StripeError): Answer {
  const key = asked.idempotencyKey;
  const id = key === null ? undefined : recordId(asked.account, key);
  const saved = id === undefined ? undefined : savedAnswer(tx, id, asked.fingerprint);
  if (saved !== undefined) return { status: saved.status, body: saved.body, replayOf: saved.requestId };
  let answer: Answer;
  try {
    answer = { status: 200, body: perform(tx, asked) };
  } catch (error) {
    if (!(error instanceof StripeError) || !error.keepsChanges) throw error;
    answer = { status: error.status, body: JSON.stringify(error.body(asked.requestId), null, 2) };
  }
  if (replaceBy !== undefined) {
    answer = {
      status: replaceBy.status,
      body: JSON.stringify(replaceBy.body(asked.requestId), null, 2),
      shouldRetry: false,
    };
  }
  if (id !== undefined) {
    saveAnswer(tx, id, asked.account, {
      fingerprint: asked.fingerprint,
      status: answer.status,
      body: answer.body,
      requestId: asked.requestId,
      savedMs: tx.nowMs,
      accountHeader: asked.accountHeader,
    });
  }
  return answer;
}

/** Runs requests: reads on the committed state, everything else one at a time and stored before it is answered. */
export class Executor {
  readonly #engine: Engine;
  readonly #keysInUse = new Set<string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The bytes of an uploaded file, for whoever holds the secret key. */
  async fileContents(who: Credentials, id: string, account: unknown = platformId): Promise<Buffer> {
    if (who.publishable) throw secretKeyRequired();
    const file = (await this.#engine.view()).find('file', id);
    if (file === undefined || file.account !== account) throw noSuch('file upload', id, 'file');
    return Buffer.from(file.hidden.base64, 'base64');
  }

  /** `replaceBy` is the injected error to answer, and to save, in place of what really came out. */
  async execute(asked: Understood, replaceBy?: StripeError): Promise<Answer> {
    if (asked.route.method === 'GET') {
      return { status: 200, body: perform(await this.#engine.view(), asked) };
    }
    const cause = { requestId: asked.requestId, idempotencyKey: asked.idempotencyKey };
    const work = (tx: Transaction): Answer => performAndSave(tx, asked, replaceBy);
    if (asked.idempotencyKey === null) return await this.#engine.transact(work, cause);
    checkKey(asked.idempotencyKey);
    const id = recordId(asked.account, asked.idempotencyKey);
    if (this.#keysInUse.has(id)) throw keyInUse(asked.idempotencyKey);
    this.#keysInUse.add(id);
    try {
      return await this.#engine.transact(work, cause);
    } finally {
      this.#keysInUse.delete(id);
    }
  }
}
