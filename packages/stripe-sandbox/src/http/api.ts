import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiVersion } from '../schema/description.ts';
import { authenticate } from './authenticate.ts';
import { StripeError } from './errors.ts';
import type { Answer, Executor } from './execute.ts';
import type { Fault, Faults } from './faults.ts';
import { newRequestId, type Understood, understand } from './understand.ts';

type Sent = { answer: Answer; asked: Understood | undefined; requestId: string };

function injected(kind: '500' | '429'): StripeError {
  if (kind === '429') {
    const message =
      'Request rate limit exceeded. Learn more about rate limits here: https://stripe.com/docs/rate-limits.';
    return new StripeError(429, 'invalid_request_error', message, { code: 'rate_limit' });
  }
  return new StripeError(500, 'api_error', 'An unknown error occurred', {});
}

function errorAnswer(error: unknown, requestId: string, log: (line: string) => void): Answer {
  if (error instanceof StripeError) {
    return {
      status: error.status,
      body: JSON.stringify(error.body(requestId), null, 2),
      shouldRetry: error.shouldRetry,
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log(`stripe sandbox: ${requestId} failed: ${text}`);
  const unknown = new StripeError(500, 'api_error', 'An unknown error occurred', {});
  return { status: 500, body: JSON.stringify(unknown.body(requestId), null, 2), shouldRetry: true };
}

function headersOf(request: IncomingMessage, sent: Sent): Record<string, string> {
  const { answer, asked, requestId } = sent;
  const version = request.headers['stripe-version'];
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'cache-control': 'no-cache, no-store',
    'request-id': requestId,
    'stripe-version': typeof version === 'string' ? version : apiVersion,
  };
  if (asked?.idempotencyKey) {
    headers['idempotency-key'] = encodeURI(asked.idempotencyKey);
    headers['original-request'] = answer.replayOf ?? requestId;
  }
  if (answer.replayOf !== undefined) headers['idempotent-replayed'] = 'true';
  if (asked?.accountHeader) headers['stripe-account'] = encodeURI(asked.accountHeader);
  if (answer.shouldRetry !== undefined) headers['stripe-should-retry'] = String(answer.shouldRetry);
  return headers;
}

const contentsPath = /^\/v1\/files\/([^/]+)\/contents$/;

/** What a file holds: the one answer of the API that is not JSON. */
async function sendContents(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  executor: Executor,
  requestId: string,
): Promise<void> {
  try {
    const account = request.headers['stripe-account'];
    const file = await executor.fileContents(authenticate(request), id, account);
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
      'request-id': requestId,
    });
    response.end(file);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    response.writeHead(error.status, { 'content-type': 'application/json', 'request-id': requestId });
    response.end(JSON.stringify(error.body(requestId), null, 2));
  }
}

/** Answers requests under `/v1/`, with the faults that were asked for. */
export function createApi(
  executor: Executor,
  faults: Faults,
  render: (body: string) => string,
  log: (line: string) => void,
): (request: IncomingMessage, response: ServerResponse, url: URL, body: string) => Promise<void> {
  const run = async (asked: Understood, fault: Fault | undefined): Promise<Answer | undefined> => {
    // Once executed there is no rate limit to speak of, so 429 always comes before.
    const before = fault !== undefined && (fault.when === 'before' || fault.kind === '429');
    if (before && (fault.kind === '500' || fault.kind === '429')) throw injected(fault.kind);
    if (before) return undefined;
    const answer = await executor.execute(asked, fault?.kind === '500' ? injected('500') : undefined);
    return fault === undefined || fault.kind === '500' ? answer : undefined;
  };

  return async (request, response, url, body) => {
    const requestId = newRequestId();
    const fileId = request.method === 'GET' ? contentsPath.exec(url.pathname)?.[1] : undefined;
    if (fileId !== undefined) return await sendContents(request, response, fileId, executor, requestId);
    let asked: Understood | undefined;
    let fault: Fault | undefined;
    let answer: Answer | undefined;
    try {
      asked = understand(request, url, body, requestId);
      fault = faults.take(asked.route.method, url.pathname);
      answer = await run(asked, fault);
    } catch (error) {
      const silent = fault !== undefined && (fault.kind === 'timeout' || fault.kind === 'reset');
      answer = silent ? undefined : errorAnswer(error, requestId, log);
    }
    if (answer === undefined) {
      // A timeout leaves the caller waiting until it gives up; a reset cuts the line.
      if (fault?.kind === 'reset') request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status, headersOf(request, { answer, asked, requestId }));
    response.end(render(answer.body));
  };
}
