import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accounts, jobs, payouts, receipts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ApiError, createClient } from './http.ts';

type Answer = { status: number; type?: string; body?: string; headers?: Record<string, string> };

let server: Server;
let url: string;
let answer: Answer | 'never';
let asked: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
};

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    asked = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    if (answer === 'never') return;
    const { status, type = 'application/json', body = '', headers = {} } = answer;
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  answer = { status: 200, body: '{}' };
});

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error) => error,
  );

describe('a call', () => {
  test('sends what the contract says: method, path, query, body, token and key', async () => {
    const client = createClient(`${url}/`, 'token-1');
    await client.call(jobs.search, { query: { q: 'a&b=c', limit: '5', category: undefined } });
    expect(asked).toMatchObject({ method: 'GET', url: '/api/jobs?q=a%26b%3Dc&limit=5', body: '' });
    expect(asked.headers).toMatchObject({ authorization: 'Bearer token-1' });
    expect(asked.headers['content-type']).toBeUndefined();
    await client.as('token-2').call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: 'k1' });
    expect(asked).toMatchObject({ method: 'POST', url: '/api/payouts/withdraw', body: '{"currency":"eur"}' });
    expect(asked.headers).toMatchObject({
      authorization: 'Bearer token-2',
      'idempotency-key': 'k1',
      'content-type': 'application/json',
    });
  });

  test('of an endpoint that answers a text resolves with it, and only with its own kind', async () => {
    const read = () =>
      createClient(url).call(receipts.get, { params: { paymentId: 'pay_5qZr8Vb2NfK0tXy7WcL3mD' } });
    answer = { status: 200, type: 'text/html; charset=utf-8', body: '<!doctype html>' };
    expect(await read()).toBe('<!doctype html>');
    expect(asked.headers.accept).toBe('text/html, application/problem+json');
    answer = { status: 200, type: 'text/plain', body: 'hello' };
    expect(await failure(read())).toMatchObject({ problem: { code: 'unavailable' } });
  });

  test('without a token sends none', async () => {
    await createClient(url).call(accounts.login, { body: { email: 'a@b.example', password: 'x' } });
    expect(asked.headers.authorization).toBeUndefined();
  });

  test('puts a parameter into the path and nowhere else', async () => {
    await createClient(url).call(jobs.get, { params: { id: 'a/../b?c#d' } });
    expect(asked.url).toBe('/api/jobs/a%2F..%2Fb%3Fc%23d');
    for (const id of ['', '.', '..'])
      expect(await failure(createClient(url).call(jobs.get, { params: { id } }))).toBeInstanceOf(TypeError);
    expect(await failure(createClient(url).call(jobs.get, {} as never))).toBeInstanceOf(TypeError);
  });

  test('resolves with the answer, or undefined when there is no body', async () => {
    answer = { status: 200, body: '{"items":[],"nextCursor":null}' };
    expect(await createClient(url).call(jobs.search, { query: {} })).toEqual({ items: [], nextCursor: null });
    answer = { status: 204 };
    expect(await createClient(url).call(accounts.logout)).toBeUndefined();
  });
});

describe('a call that fails', () => {
  const problem = {
    type: 'urn:holdfast:problem:not_found',
    title: 'There is no such resource',
    status: 404,
    code: 'not_found',
    detail: 'There is no such job.',
    requestId: 'req_1',
  };

  test('rejects with the problem as the server sent it', async () => {
    answer = { status: 404, type: 'application/problem+json', body: JSON.stringify(problem) };
    const error = await failure(createClient(url).call(jobs.get, { params: { id: 'x' } }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ problem, message: '404 not_found: There is no such job.' });
  });

  test.each([
    ['a page of a proxy', { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }],
    ['JSON of something else', { status: 500, body: '{"error":"x"}' }],
    ['nothing', { status: 503 }],
    ['a page with 200', { status: 200, type: 'text/html', body: '<h1>Sign in to the network</h1>' }],
    ['a code that is none', { status: 400, body: '{"status":400,"code":"toString"}' }],
  ])('rejects with a problem of its own for %s', async (_name, foreign) => {
    answer = foreign;
    const error = (await failure(createClient(url).call(accounts.me))) as ApiError;
    expect(error).toBeInstanceOf(ApiError);
    expect(error.problem).toMatchObject({ status: foreign.status, code: 'unavailable' });
  });

  test('rejects in time when there is no answer', async () => {
    answer = 'never';
    const error = await failure(createClient(url, undefined, { timeoutMs: 30 }).call(accounts.me));
    expect(error).toMatchObject({ name: 'TimeoutError' });
  });

  test('rejects when nobody is there', async () => {
    expect(await failure(createClient('http://127.0.0.1:9').call(accounts.me))).toBeInstanceOf(TypeError);
  });
});
