import { type AddressInfo, connect } from 'node:net';
import { jobs } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { createContext } from '../context.ts';
import { createLog } from '../log.ts';
import { createHttpServer } from './server.ts';

let world: World;
let customer: Person;

beforeAll(async () => {
  world = await startWorld({ config: { allowedOrigins: ['https://app.example.org'] } });
  customer = await createPerson(world, { role: 'customer' });
});

afterAll(() => world.stop());

const preflight = (origin: string, method: string) =>
  fetch(`${world.url}/api/me`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  });

describe('browsers of other origins', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('may %s if they are on the list', async (method) => {
    const response = await preflight('https://app.example.org', method);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
    expect(response.headers.get('access-control-allow-methods')?.split(', ')).toContain(method);
    expect(response.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('may nothing if they are not', async () => {
    for (const origin of ['https://evil.example', 'https://app.example.org.evil.example', 'null']) {
      const response = await preflight(origin, 'GET');
      expect(response.headers.get('access-control-allow-origin'), origin).toBeNull();
    }
  });

  test('see the headers that an app needs', async () => {
    const response = await fetch(`${world.url}/api/me`, { headers: { origin: 'https://app.example.org' } });
    const exposed = response.headers.get('access-control-expose-headers')?.split(', ');
    expect(exposed).toEqual(['x-request-id', 'idempotent-replayed', 'retry-after']);
    expect(response.headers.get('vary')).toContain('Origin');
  });
});

describe('every answer', () => {
  test('carries an id of its own that is the one in the problem, whatever the caller claims', async () => {
    const headers = { 'x-request-id': 'chosen', 'request-id': 'chosen' };
    const [one, other] = await Promise.all([1, 2].map(() => fetch(`${world.url}/api/me`, { headers })));
    const id = one!.headers.get('x-request-id');
    expect(id).toMatch(/^req_[0-9A-Za-z]{22}$/);
    expect(((await one!.json()) as { requestId: string }).requestId).toBe(id);
    expect(other!.headers.get('x-request-id')).not.toBe(id);
    await other!.bytes();
  });

  test('carries the headers that keep browsers from guessing and framing', async () => {
    const response = await fetch(`${world.url}/livez`);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(response.headers.get('x-powered-by')).toBeNull();
    await response.bytes();
  });

  test('to a missing token says which kind is wanted', async () => {
    const response = await fetch(`${world.url}/api/me`);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    await response.bytes();
  });
});

test('the name of the scheme is read without case, as HTTP has it', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const headers = { authorization: `${scheme} ${customer.accessToken}` };
    const response = await fetch(`${world.url}/api/me`, { headers });
    expect(response.status, scheme).toBe(200);
    await response.bytes();
  }
});

test('unexpected failures are a 500 that says nothing of the inside', async () => {
  const app = await createHttpServer({ ...world.ctx, log: createLog('silent') });
  app.get('/broken', async () => {
    throw Object.assign(new Error('password of ada@example.org'), { statusCode: 404, code: 'E_VENDOR' });
  });
  const response = await app.inject({ url: '/broken' });
  expect(response.statusCode).toBe(500);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.json()).toMatchObject({ code: 'internal', status: 500 });
  expect(response.body).not.toMatch(/ada|password|VENDOR/);
  await app.close();
});

describe('health', () => {
  test('/livez and /readyz answer while all is well', async () => {
    const live = await fetch(`${world.url}/livez`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'ok' }]);
    const ready = await fetch(`${world.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ok', database: true }]);
  });

  test('without a database /readyz says so and /livez stays', async () => {
    const config = { ...world.ctx.config, databaseUrl: 'postgres://127.0.0.1:9/nothing' };
    const ctx = createContext(config, world.clock, createLog('silent'));
    const app = await createHttpServer(ctx);
    const ready = await app.inject({ url: '/readyz' });
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: 'unavailable', database: false }]);
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200);
    await app.close();
    await ctx.pool.end();
  });

  test('a database that does not answer in time is not ready either', async () => {
    const ctx = createContext(world.ctx.config, world.clock, createLog('silent'));
    const held = await Promise.all(Array.from({ length: 20 }, () => ctx.pool.connect()));
    const app = await createHttpServer(ctx, { readyLimitMs: 50 });
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(503);
    for (const one of held) one.release();
    await expect.poll(async () => (await app.inject({ url: '/readyz' })).statusCode).toBe(200);
    await app.close();
    await ctx.pool.end();
  });
});

test('a server that is hopelessly late refuses work with 503, and stays reachable for who watches it', async () => {
  const pressure = { maxEventLoopDelay: 5, sampleInterval: 20 };
  const app = await createHttpServer(world.ctx, { pressure });
  app.get('/work', async () => 'done');
  await app.ready();
  /** Keeps the event loop from doing anything else, again and again, as too much work would. */
  const block = async () => {
    const end = performance.now() + 300;
    while (performance.now() < end) {
      const until = performance.now() + 30;
      while (performance.now() < until);
      await new Promise(setImmediate);
    }
  };
  await block();
  const refused = await app.inject({ url: '/work' });
  expect([refused.statusCode, refused.headers['retry-after'], refused.json().code]).toEqual([
    503,
    '5',
    'unavailable',
  ]);
  for (const url of ['/livez', '/readyz']) expect((await app.inject({ url })).statusCode, url).toBe(200);
  await expect.poll(async () => (await app.inject({ url: '/work' })).statusCode).toBe(200);
  await app.close();
});

describe('behind a proxy', () => {
  const addressSeen = async (proxies: number, forwarded: string): Promise<string> => {
    const app = await createHttpServer({
      ...world.ctx,
      config: { ...world.ctx.config, proxies },
    });
    app.get('/ip', async (request) => ({ ip: request.ip }));
    const response = await app.inject({ url: '/ip', headers: { 'x-forwarded-for': forwarded } });
    await app.close();
    return response.json().ip;
  };

  test('the address is what the nearest proxies wrote; what a caller adds in front is not believed', async () => {
    expect(await addressSeen(0, '203.0.113.7')).toBe('127.0.0.1');
    expect(await addressSeen(1, '203.0.113.7')).toBe('203.0.113.7');
    expect(await addressSeen(1, '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7');
    expect(await addressSeen(2, '198.51.100.1, 203.0.113.7, 192.0.2.9')).toBe('203.0.113.7');
  });
});

test('a stopping server answers what is under way, refuses what comes after, and lets no connection linger', async () => {
  const app = await createHttpServer(world.ctx);
  let finish = () => {};
  const started = new Promise<void>((resolve) => {
    app.get('/slow', async () => {
      resolve();
      await new Promise<void>((done) => {
        finish = done;
      });
      return { done: true };
    });
  });
  let isClosing = () => {};
  const closing = new Promise<void>((resolve) => {
    isClosing = resolve;
  });
  app.addHook('preClose', async () => isClosing());
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const busy = talk(port, 'GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
  const late = talk(port, 'GET /livez HTTP/1.1\r\nhost: x\r\n');
  await started;
  const closed = app.close();
  await closing;
  late.socket.write('\r\n');
  const refused = await late.answer;
  expect(refused).toMatch(/^HTTP\/1.1 503/);
  expect(refused).toContain('"code":"unavailable"');
  finish();
  expect(await busy.answer).toContain('{"done":true}');
  await closed;
});

test('limits of the contract reach the caller as 429 with the time to wait', async () => {
  await forgetRateLimits(world);
  let limited: Response | undefined;
  for (let attempt = 0; attempt < 400 && limited === undefined; attempt += 1) {
    const response = await fetch(`${world.url}${jobs.search.path}`, {
      headers: { authorization: `Bearer ${customer.accessToken}` },
    });
    if (response.status === 429) limited = response;
    else await response.bytes();
  }
  expect(limited?.headers.get('retry-after')).toMatch(/^\d+$/);
  const problem = (await limited!.json()) as { code: string; retryAfterSeconds: number };
  expect(problem).toMatchObject({
    code: 'rate_limited',
    retryAfterSeconds: Number(limited!.headers.get('retry-after')),
  });
});

/** A connection that stays open as long as the server wants; the answer is all that came until it closed. */
function talk(port: number, bytes: string) {
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
  const answer = new Promise<string>((resolve) => {
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
  return { socket, answer };
}

test('a body that does not come is not waited for, and the caller is told', async () => {
  const app = await createHttpServer(world.ctx, { bodyLimitMs: 100 });
  app.post('/slow', async () => ({ done: true }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const half =
    'POST /slow HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":';
  expect(await talk(port, half).answer).toMatch(/^HTTP\/1.1 408 [\s\S]*too slowly/);
  await app.close();
});

test('a body that has come is not timed any more, however long its answer takes', async () => {
  const app = await createHttpServer(world.ctx, { bodyLimitMs: 300 });
  app.post('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 600));
    return { done: true };
  });
  expect((await app.inject({ method: 'POST', url: '/slow', payload: { a: 1 } })).json()).toEqual({
    done: true,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const answer = await fetch(`${url}/slow`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  });
  expect(await answer.json()).toEqual({ done: true });
  await app.close();
});
