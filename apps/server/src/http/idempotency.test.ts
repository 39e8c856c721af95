import { jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jobInput } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { minuteMs } from '../clock.ts';
import { AppError } from '../errors.ts';
import { type Answer, once } from './idempotency.ts';

let world: World;
let customer: Person;
let other: Person;

beforeAll(async () => {
  world = await startWorld({ config: { logLevel: 'silent' } });
  customer = await createPerson(world, { role: 'customer' });
  other = await createPerson(world, { role: 'customer' });
});

afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

const post = async (person: Person, key: string, body: unknown) => {
  const response = await fetch(`${world.url}${jobs.create.path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${person.accessToken}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  return { response, status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const countJobs = async (person: Person) =>
  (await world.ctx.db.selectFrom('jobs').select('id').where('customer_id', '=', person.id).execute()).length;

const key = () => crypto.randomUUID();

describe('over HTTP', () => {
  test('the same key and body: the first answer again, and nothing is done twice', async () => {
    const before = await countJobs(customer);
    const name = key();
    const first = await post(customer, name, jobInput());
    const { title, ...rest } = jobInput();
    // The order of the fields is not part of what is asked for.
    const second = await post(customer, name, { ...rest, title });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(first.response.headers.get('idempotent-replayed')).toBeNull();
    expect(second.response.headers.get('idempotent-replayed')).toBe('true');
    expect(await countJobs(customer)).toBe(before + 1);
  });

  test('the same key and another body, or another path: 422', async () => {
    const name = key();
    await post(customer, name, jobInput());
    const changed = await post(customer, name, jobInput({ title: 'Another kitchen' }));
    expect([changed.status, changed.body.code]).toEqual([422, 'idempotency_mismatch']);
    const response = await fetch(`${world.url}/api/jobs/job_${'0'.repeat(22)}/complete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${customer.accessToken}`, 'idempotency-key': name },
    });
    expect(response.status).toBe(422);
    await response.bytes();
  });

  test('keys belong to one user', async () => {
    const name = key();
    const first = await post(customer, name, jobInput());
    const second = await post(other, name, jobInput());
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).not.toBe(first.body.id);
  });

  test('a request that was refused leaves its key free', async () => {
    const name = key();
    expect((await post(customer, name, jobInput({ wishedDate: '2020-01-01' }))).status).toBe(400);
    expect((await post(customer, name, jobInput())).status).toBe(201);
  });

  test('many at once: one runs, the others get its answer or are told to wait', async () => {
    for (let round = 0; round < 10; round += 1) {
      const before = await countJobs(customer);
      const name = key();
      const answers = await Promise.all(Array.from({ length: 8 }, () => post(customer, name, jobInput())));
      const created = answers.filter((one) => one.status === 201);
      const waiting = answers.filter((one) => one.status === 409);
      expect(created.length + waiting.length).toBe(8);
      expect(new Set(created.map((one) => one.body.id)).size).toBe(1);
      for (const one of waiting) expect(one.body.code).toBe('idempotency_in_flight');
      expect(await countJobs(customer)).toBe(before + 1);
    }
  });
});

describe('once', () => {
  const request = (name: string) => ({ userId: customer.id, key: name, fingerprint: 'same' });
  const done =
    (body: unknown): (() => Promise<Answer>) =>
    async () => ({ statusCode: 200, body });

  test('in flight: told so until the lease ends, then one of those who wait runs', async () => {
    const name = key();
    const { promise: running, resolve: started } = Promise.withResolvers<void>();
    void once(world.ctx, request(name), () => {
      started();
      return new Promise<Answer>(() => undefined);
    });
    await running;
    await expect(once(world.ctx, request(name), done(1))).rejects.toMatchObject({
      code: 'idempotency_in_flight',
    });
    world.clock.advance(minuteMs + 1);
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => once(world.ctx, request(name), done(index))),
    );
    const answers = results.filter((one) => one.status === 'fulfilled').map((one) => one.value);
    expect(answers.filter((one) => !one.isReplay)).toHaveLength(1);
    expect(new Set(answers.map((one) => one.body)).size).toBe(1);
  });

  test('a failure is not remembered: what was asked for did not happen and may be asked for again', async () => {
    const name = key();
    const declined = new AppError('card_declined', 'No.', { declineCode: 'insufficient_funds' });
    await expect(once(world.ctx, request(name), () => Promise.reject(declined))).rejects.toBe(declined);
    expect(await once(world.ctx, request(name), done('paid'))).toMatchObject({
      body: 'paid',
      isReplay: false,
    });
  });

  test('an answer without a body is remembered as such', async () => {
    const name = key();
    await once(world.ctx, request(name), async () => ({ statusCode: 204, body: undefined }));
    expect(await once(world.ctx, request(name), done(1))).toEqual({
      statusCode: 204,
      body: null,
      isReplay: true,
    });
  });

  test('what was done is answered even if it cannot be remembered, and is not set free to be done again', async () => {
    const name = key();
    const answer = await once(world.ctx, request(name), async () => {
      await world.ctx.pool.query(
        'alter table idempotency_keys add constraint nothing_kept check (status_code is null) not valid',
      );
      return { statusCode: 200, body: 'done' };
    });
    await world.ctx.pool.query('alter table idempotency_keys drop constraint nothing_kept');
    expect(answer).toMatchObject({ body: 'done', isReplay: false });
    await expect(once(world.ctx, request(name), done(2))).rejects.toMatchObject({
      code: 'idempotency_in_flight',
    });
  });

  test('one that failed late does not free the key of the one that took it over', async () => {
    const name = key();
    let fail = () => {};
    const slow = once(
      world.ctx,
      request(name),
      () =>
        new Promise<Answer>((_resolve, reject) => {
          fail = () => reject(new Error('too late'));
        }),
    );
    await expect
      .poll(() => world.ctx.db.selectFrom('idempotency_keys').selectAll().where('key', '=', name).execute())
      .toHaveLength(1);
    world.clock.advance(minuteMs + 1);
    let finish = () => {};
    const heir = once(
      world.ctx,
      request(name),
      () =>
        new Promise<Answer>((resolve) => {
          finish = () => resolve({ statusCode: 200, body: 'heir' });
          fail();
        }),
    );
    await expect(slow).rejects.toThrow('too late');
    await expect(once(world.ctx, request(name), done(3))).rejects.toMatchObject({
      code: 'idempotency_in_flight',
    });
    finish();
    expect(await heir).toMatchObject({ body: 'heir' });
  });
});
