import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  admitted,
  bodyExamples,
  createRoles,
  eachOf,
  endpoints,
  mutations,
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
const withBody = all.filter(({ endpoint }) => endpoint.body !== undefined);
const body = (value: unknown) => JSON.stringify(value);

describe('who may call', () => {
  test('nobody without a token, with a strange one or with one that never was', async () => {
    await eachOf(
      all.filter(({ endpoint }) => endpoint.access !== 'public'),
      async ({ id, endpoint }) => {
        const request = endpoint.body === undefined ? {} : { body: '{}' };
        const headers: Record<string, string>[] = [
          {},
          { authorization: '' },
          { authorization: 'Bearer' },
          { authorization: `Bearer ${'a'.repeat(43)}` },
          { authorization: `Basic ${roles.customer.accessToken}` },
          { authorization: `Bearer ${roles.customer.accessToken}x` },
          { authorization: `Bearer ${roles.customer.accessToken}, Bearer x` },
          { authorization: `Bearer ${'a'.repeat(8000)}` },
        ];
        for (const one of headers) {
          const problem = await refused(await send(world, endpoint, { ...request, headers: one }), id);
          expect(problem.status, id).toBe(401);
        }
        // A token in the address is no token.
        const query = `?access_token=${roles.customer.accessToken}`;
        expect((await refused(await send(world, endpoint, { ...request, query }), id)).status, id).toBe(401);
      },
    );
  });

  test('nobody of another role, whatever they send', async () => {
    await eachOf(all, async ({ id, endpoint }) => {
      for (const person of Object.values(roles)) {
        if (['public', 'user', person.role].includes(endpoint.access)) continue;
        const problem = await refused(
          await send(world, endpoint, {
            as: person,
            ...(endpoint.method === 'GET' ? {} : { body: 'nonsense' }),
          }),
          id,
        );
        expect([problem.status, problem.code], id).toEqual([403, 'forbidden']);
      }
    });
  });
});

describe('bodies', () => {
  test('that are not JSON, not an object, or not there', async () => {
    const bodies = [
      '',
      '{',
      'nonsense',
      '[]',
      'null',
      '7',
      '"text"',
      'true',
      '{}',
      '{"a":1',
      '\u0000',
      '{"a":NaN}',
      '['.repeat(50_000),
    ];
    await eachOf(withBody, async ({ id, endpoint }) => {
      for (const person of admitted(endpoint, roles))
        for (const one of bodies) {
          const takesNothing = endpoint.body!.safeParse({}).success;
          if (one === '{}' && takesNothing) continue;
          const problem = await refused(
            await send(world, endpoint, { as: person, body: one }),
            `${id} ${one.slice(0, 20)}`,
          );
          expect(problem.status, id).toBe(400);
        }
    });
  });

  test('of another type, with broken UTF-8, or too large', async () => {
    await eachOf(withBody, async ({ id, endpoint }) => {
      const as = admitted(endpoint, roles)[0];
      for (const type of [
        'text/plain',
        ...(endpoint.takesForm ? [] : ['application/x-www-form-urlencoded']),
        'multipart/form-data; boundary=x',
        'application/xml',
        'nonsense',
      ]) {
        const response = await send(world, endpoint, { as, body: '{}', headers: { 'content-type': type } });
        expect((await refused(response, `${id} ${type}`)).status, id).toBe(415);
      }
      const broken = await send(world, endpoint, { as, body: Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]) });
      expect((await refused(broken, id)).status, id).toBe(400);
      const large = await send(world, endpoint, { as, body: body({ text: 'x'.repeat(200_000) }) });
      expect((await refused(large, id)).status, id).toBe(413);
    });
  });

  test('with an unknown field, by its name, also __proto__ and constructor', async () => {
    await eachOf(withBody, async ({ id, endpoint }) => {
      for (const example of bodyExamples(endpoint)) {
        const as = admitted(endpoint, roles)[0];
        const unknown = await refused(
          await send(world, endpoint, { as, body: body({ ...example, isAdmin: true }) }),
          id,
        );
        expect(unknown.errors, id).toContainEqual({ path: 'body.isAdmin', message: 'is not a known field' });
        for (const name of ['__proto__', 'constructor']) {
          const text = body(example).replace(/^\{/, `{"${name}":{"prototype":{"isAdmin":true}},`);
          expect((await refused(await send(world, endpoint, { as, body: text }), id)).status, id).toBe(400);
        }
      }
    });
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  const strange = [
    null,
    '',
    ' ',
    'x',
    7,
    -1,
    0.1,
    1e308,
    2 ** 53,
    true,
    [],
    [null],
    [[[]]],
    {},
    { a: {} },
    'a\0b',
    '\ud800',
    '\u202e',
    'x'.repeat(100_000),
    ['x', 'x'],
    '2026-2-30',
    'usr_0',
  ];

  test('with one value of the wrong type or of a strange form: the field is named, nothing breaks', async () => {
    const cases = withBody.flatMap(({ id, endpoint }) =>
      bodyExamples(endpoint).flatMap((example) =>
        mutations(example, strange).map((mutation) => ({ id, endpoint, ...mutation })),
      ),
    );
    expect(cases.length).toBeGreaterThan(700);
    await eachOf(cases, async ({ id, endpoint, path, body: value }) => {
      const what = `${id} ${path} ${body(value).slice(0, 120)}`;
      const response = await send(world, endpoint, { as: admitted(endpoint, roles)[0], body: body(value) });
      if (endpoint.body!.safeParse(value).success) return survived(response, what);
      const problem = await refused(response, what);
      expect(problem.code, what).toBe('validation_failed');
      expect(
        problem.errors!.some((error) => error.path.startsWith(`body.${path.split('.')[0]}`)),
        `${what} ${body(problem)}`,
      ).toBe(true);
    });
  });

  test('where none is taken: refused, not dropped; no bytes at all are no body', async () => {
    const takesNone = all.filter(({ endpoint }) => endpoint.method !== 'GET' && endpoint.body === undefined);
    await eachOf(takesNone, async ({ id, endpoint }) => {
      const as = admitted(endpoint, roles)[0];
      for (const one of ['[]', '7', '"text"', '{"note":"hello"}', '{'])
        expect((await refused(await send(world, endpoint, { as, body: one }), id)).status, id).toBe(400);
      if (endpoint.params === undefined) return;
      const empty = await send(world, endpoint, {
        as,
        headers: { 'content-type': 'application/json' },
        body: '',
      });
      expect((await refused(empty, id)).status, id).toBe(404);
    });
  });
});
