import { connect } from 'node:net';
import { operations, webhooks } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { encodeCursor } from '../src/db/cursor.ts';
import {
  admitted,
  bodyExamples,
  createRoles,
  eachOf,
  endpoints,
  pathOf,
  type Roles,
  refused,
  send,
  survived,
} from './hostile.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let roles: Roles;

beforeAll(async () => {
  world = await startWorld({ config: { logLevel: 'silent' } });
  roles = await createRoles(world);
});

afterAll(() => world.stop());

const all = endpoints();
const withParams = all.filter(({ endpoint }) => endpoint.params !== undefined);
const queried = all.filter(({ endpoint }) => endpoint.query !== undefined);
const lists = queried.filter(
  ({ endpoint }) => 'nextCursor' in ((endpoint.response as z.ZodObject).shape ?? {}),
);
const body = (value: unknown) => JSON.stringify(value);

describe('paths', () => {
  test('with an identifier that names nothing are 404, with one of another shape 400', async () => {
    const shapes = [
      'x',
      'job_',
      `nope_${'0'.repeat(22)}`,
      `usr_${'0'.repeat(23)}`,
      '%00',
      '%0a',
      '..%2f..%2fetc',
      '%E2%80%AE',
      "'--",
      '%7B%7D',
      'x'.repeat(250),
    ];
    await eachOf(withParams, async ({ id, endpoint }) => {
      const example = bodyExamples(endpoint)[0];
      const request = example === undefined ? {} : { body: body(example) };
      for (const as of admitted(endpoint, roles)) {
        const missing = await refused(await send(world, endpoint, { ...request, as }), id);
        expect([missing.status, missing.code], id).toEqual([404, 'not_found']);
        for (const shape of shapes) {
          const path = endpoint.path.replace(/:\w+/, shape);
          const problem = await refused(
            await send(world, endpoint, { ...request, as, path }),
            `${id} ${shape}`,
          );
          expect(problem.code, `${id} ${shape}`).toBe('validation_failed');
          expect(
            problem.errors!.every((error) =>
              Object.keys(endpoint.params!.shape).some((name) => error.path === `params.${name}`),
            ),
            `${id} ${shape}`,
          ).toBe(true);
        }
        for (const shape of ['%zz', '%', 'x'.repeat(2000)]) {
          const path = endpoint.path.replace(/:\w+/, shape);
          const problem = await refused(
            await send(world, endpoint, { ...request, as, path }),
            `${id} ${shape}`,
          );
          expect(problem.code, `${id} ${shape}`).toBe('malformed_request');
        }
      }
    });
  });

  test('that do not exist are 404, that take other methods 405 and say which', async () => {
    const get = { ...all[0]!.endpoint, method: 'GET' as const };
    for (const path of [
      '/',
      '/api',
      '/api/nothing',
      '/API/jobs',
      '/.env',
      '/api/..%2f..%2fetc%2fpasswd',
      '//api/jobs',
    ])
      expect((await refused(await send(world, get, { path }), path)).status, path).toBe(404);
    for (const { id, endpoint } of all) {
      // Also by those that take forms, which are not among all.
      const taken = operations()
        .filter((one) => one.endpoint.path === endpoint.path)
        .map((one) => one.endpoint.method);
      for (const method of (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter(
        (one) => !taken.includes(one),
      )) {
        const path = pathOf(endpoint);
        // A path of fixed words can also be one with a parameter: /api/payments/confirm is GET /api/payments/:id.
        if (method === 'GET' && /payments\/(create-intent|confirm)/.test(path)) continue;
        if (method === 'DELETE' && /notifications\/(unread-count|read-all)/.test(path)) continue;
        // The tus protocol has methods of its own there, and answers in its own way.
        if (id === 'files.result' && method !== 'PUT' && method !== 'POST') continue;
        const response = await send(world, { ...endpoint, method }, { as: roles.customer });
        expect((await refused(response, `${method} ${id}`)).status, `${method} ${id}`).toBe(405);
        expect(response.headers.get('allow')?.split(', '), id).toEqual(expect.arrayContaining(taken));
      }
    }
  });
});

describe('queries', () => {
  const past = '2026-01-01T00:00:00.000Z';
  const someId = `job_${'0'.repeat(22)}`;
  const tags = [
    'jobs.created_at',
    'applications.created_at',
    'bookings.requested_at',
    'reviews.visible_at',
    'payments.created_at',
    'payouts.requested_at',
    'sessions.created_at',
    'rooms.last_message_at',
    'messages.found_at',
    'messages.created_at',
    'reports.created_at',
    'notifications',
  ];

  test('with a field that is unknown, given twice or out of bounds: it is named', async () => {
    const queries = [
      'limit=0',
      'limit=101',
      'limit=abc',
      'limit=1e2',
      'limit=',
      'limit=-1',
      'limit=1.5',
      'limit=5&limit=6',
      'limit[]=5',
      'cursor=',
      'cursor=a&cursor=b',
      `cursor=${'x'.repeat(600)}`,
      'nonsense=1',
      '__proto__=1',
      'constructor=1',
      'limit=%00',
      'q=%00',
    ];
    await eachOf(queried, async ({ id, endpoint }) => {
      for (const as of admitted(endpoint, roles))
        for (const query of queries) {
          const problem = await refused(
            await send(world, endpoint, { as, query: `?${query}` }),
            `${id} ${query}`,
          );
          expect(problem.code, `${id} ${query}`).toBe('validation_failed');
          const field = /^[^=&]*/.exec(query)![0];
          expect(
            problem.errors!.map((error) => error.path),
            id,
          ).toContain(`query.${field}`);
        }
    });
  });

  test('where none is taken are refused', async () => {
    await eachOf(
      all.filter(({ endpoint }) => endpoint.query === undefined),
      async ({ id, endpoint }) => {
        const as = admitted(endpoint, roles)[0];
        const example = bodyExamples(endpoint)[0];
        const request = example === undefined ? {} : { body: body(example) };
        const problem = await refused(
          await send(world, endpoint, { ...request, as, query: '?dryRun=1' }),
          id,
        );
        expect(problem.errors, id).toContainEqual({ path: 'query.dryRun', message: 'is not a known field' });
      },
    );
  });

  // What a list asks for besides, or what makes its cursor another one.
  const needed: Record<string, string> = {
    '/api/jobs': 'sort=budget&currency=eur&',
    '/api/messages': 'q=tap&',
    '/api/admin/notifications': `userId=usr_${'0'.repeat(22)}&`,
  };

  test('with a cursor that is none: refused', async () => {
    const broken = [
      'x',
      '!!!',
      'AAAA',
      'bnVsbA',
      'W10',
      Buffer.from('{"a":1}').toString('base64url'),
      Buffer.from([0xff, 0xfe]).toString('base64url'),
      encodeCursor([1]),
      encodeCursor([past, someId]),
      encodeCursor([past, someId, someId, someId]),
    ];
    const own = tags.flatMap((tag) => [
      encodeCursor([tag, '-271821-04-20T00:00:00.000Z', someId]),
      encodeCursor([tag, '+275760-09-13T00:00:00.000Z', someId]),
      encodeCursor([tag, '0000-01-01T00:00:00.000Z', someId]),
      encodeCursor([tag, '2026', someId]),
      encodeCursor([tag, past, `a\0b`]),
      encodeCursor([tag, past, 7]),
      encodeCursor([tag, 7, someId]),
      encodeCursor([tag, past]),
    ]);
    const ofSearch = [1.5, 1e300, 2 ** 40, 'x', past].map((key) => encodeCursor(['budget', key, someId]));
    await eachOf(lists, async ({ id, endpoint }) => {
      const as = admitted(endpoint, roles)[0];
      for (const cursor of [...broken, ...own, ...ofSearch]) {
        const query = `?${needed[endpoint.path] ?? ''}cursor=${cursor}`;
        const response = await send(world, endpoint, { as, query });
        // A list of a resource that does not exist is not found, whatever the cursor.
        const problem = await refused(response, `${id} ${Buffer.from(cursor, 'base64url')}`);
        if (endpoint.params === undefined) expect(problem.errors![0]!.path, id).toBe('query.cursor');
      }
    });
  });

  test('with the cursor of another list: refused', async () => {
    const cursors = [
      ...tags.map((tag) => encodeCursor([tag, past, someId])),
      ...['date', 'budget'].map((sort) => encodeCursor([sort, sort === 'date' ? past : 5, someId])),
    ];
    const own = lists.filter(({ endpoint }) => endpoint.params === undefined);
    for (const { id, endpoint } of own) {
      const answers = await Promise.all(
        cursors.map((cursor) =>
          send(world, endpoint, { as: admitted(endpoint, roles)[0], query: `?cursor=${cursor}` }),
        ),
      );
      expect(answers.filter((answer) => answer.status === 200).length, id).toBeLessThanOrEqual(1);
      for (const answer of answers) await survived(answer, id);
    }
  });
});

describe('keys of idempotency', () => {
  test('that are empty, too long or not ASCII are refused by name', async () => {
    await eachOf(
      all.filter(({ endpoint }) => endpoint.idempotencyKey !== undefined),
      async ({ id, endpoint }) => {
        const as = admitted(endpoint, roles)[0];
        const example = bodyExamples(endpoint)[0];
        for (const key of ['', 'x'.repeat(256), 'two words', 'grün']) {
          const request = {
            as,
            headers: { 'idempotency-key': key },
            ...(example === undefined ? {} : { body: body(example) }),
          };
          const problem = await refused(await send(world, endpoint, request), `${id} ${key}`);
          expect(problem.errors![0]!.path, `${id} ${key}`).toBe('headers.idempotency-key');
        }
      },
    );
  });
});

describe('the webhook', () => {
  test('takes nothing that Stripe has not signed', async () => {
    const headers: Record<string, string>[] = [
      {},
      { 'stripe-signature': '' },
      { 'stripe-signature': 't=1,v1=00' },
      { 'stripe-signature': 'x'.repeat(5000) },
    ];
    for (const one of headers)
      for (const text of ['', '{}', 'nonsense', '[', '\0']) {
        const response = await send(world, webhooks.stripe, { body: text, headers: one });
        expect((await refused(response, text)).code, text).toBe('invalid_signature');
      }
    const large = await send(world, webhooks.stripe, { body: 'x'.repeat(600_000) });
    expect((await refused(large, 'large')).status).toBe(413);
  });
});

describe('bytes that are not HTTP', () => {
  test.each([
    ['a word', 'NONSENSE\r\n\r\n', 400],
    ['a header of 70 kB', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /api/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
    ],
    [
      'a length and chunks',
      'POST /api/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('%s is answered with a problem', async (_name, bytes, status) => {
    const answer = await exchange(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('content-type: application/problem+json');
    const problem = JSON.parse(answer.split('\r\n\r\n')[1]!);
    expect(problem).toMatchObject({
      code: 'malformed_request',
      status,
      requestId: expect.stringMatching(/^req_/),
    });
  });
});

/** What comes back for these bytes until the server hangs up. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
