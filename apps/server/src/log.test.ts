import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPerson, forgetRateLimits } from '../test/people.ts';
import { startWorld, type World } from '../test/world.ts';
import { createApp } from './app.ts';
import { createLog } from './log.ts';

let lines: string[] = [];
const destination = { write: (line: string) => void lines.push(line) };
const entries = () => lines.map((line) => JSON.parse(line));

beforeEach(() => {
  lines = [];
});

describe('a line of the log', () => {
  const log = createLog('trace', destination);

  test('holds no secret, at whatever depth it was put in', () => {
    log.info({
      password: 'hunter2hunter2',
      body: { user: { refreshToken: 'hunter2hunter2', list: [{ Email: 'hunter2hunter2', code: '123456' }] } },
      headers: { Authorization: 'hunter2hunter2', cookie: 'hunter2hunter2' },
    });
    expect(lines.join()).not.toMatch(/hunter2|123456/);
    expect(entries()[0].body.user.list[0]).toEqual({ Email: '[redacted]', code: '[redacted]' });
  });

  test('keeps the codes of errors and problems, which are no secrets', () => {
    log.info({
      code: 'conflict',
      err: Object.assign(new Error('x'), { code: '23505', constraint: 'users_email' }),
    });
    expect(entries()[0]).toMatchObject({
      code: 'conflict',
      err: { code: '23505', constraint: 'users_email' },
    });
  });

  test('holds no address, key or password inside a text either', () => {
    const cause = Object.assign(new Error('550 <ada.fischer+x@mail.example.org>: no such user'), {
      detail: 'Key (email)=(ada@example.org) already exists.',
      rejected: ['ada@example.org'],
      raw: { headers: { authorization: 'x' }, payment_method: { card: '4242' } },
    });
    log.error({ err: new Error('sending to ada@example.org', { cause }) }, 'not sent to ada@example.org');
    log.error(new Error('Bearer abcdefghijklmnopqrstuvwxyz0123456789'));
    log.error({
      texts: [
        'sk_test_51abcdefghijklmno',
        'rk_live_51abcdefghijklmno',
        'whsec_abcdefghijklmnop+/=',
        'pi_3abc_secret_defghi',
        'postgres://holdfast:swordfish@db/holdfast',
        'smtps://mailer:swordfish@mail.example.org:465',
      ],
    });
    const text = lines.join('');
    expect(text).not.toMatch(/ada|4242|abcdefghijkl|defghi|swordfish|already exists/);
    expect(text).toContain('no such user');
    expect(entries()[0].err).toMatchObject({ type: 'Error', cause: { type: 'Error' } });
    expect(entries()[0].err.stack).toContain('log.test.ts');
  });

  test('is JSON whatever is logged: rings, deep nests, long lists', () => {
    const ring: Record<string, unknown> = { a: 1 };
    ring.self = ring;
    const deep = JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`);
    const failed = new Error('a');
    failed.cause = failed;
    log.info({ ring, deep, err: failed });
    expect(entries()).toHaveLength(1);
  });
});

describe('the log of a server', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(() => world.stop());

  test('names each request by its id, and says nothing of what was in it', async () => {
    const app = await createApp({ ...world.ctx, log: createLog('trace', destination) });
    const customer = await createPerson(world, { role: 'customer' });
    await forgetRateLimits(world);
    const answers = [
      await app.inject({
        method: 'POST',
        url: accounts.login.path,
        payload: { email: customer.email, password: 'swordfish swordfish' },
      }),
      await app.inject({
        method: 'POST',
        url: accounts.login.path,
        headers: { 'content-type': 'application/json' },
        payload: `{"email":"${customer.email}","password":"swordfish`,
      }),
      await app.inject({
        url: '/api/jobs?q=swordfish&lat=48.2082',
        headers: { authorization: `Bearer ${customer.accessToken}` },
      }),
    ];
    await app.close();
    const text = lines.join('');
    for (const answer of answers) expect(text).toContain(answer.headers['x-request-id']);
    expect(text).toContain('"path":"/api/jobs"');
    for (const secret of ['swordfish', customer.email, customer.accessToken, '48.2082', '127.0.0.1'])
      expect(text).not.toContain(secret);
  });
});
