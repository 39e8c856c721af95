import { describe, expect, it } from 'vitest';
import { startStripeSandbox } from '../src/index.ts';
import { errorOf, failureOf, raw, startWorld } from './harness.ts';

describe('idempotency', () => {
  it('answers the same again and does the thing once', async () => {
    const world = await startWorld();
    const first = await raw(world, 'POST', '/v1/customers', 'name=x', { 'idempotency-key': 'k' });
    const text = await first.text();
    const again = await raw(world, 'POST', '/v1/customers', 'name=x', { 'idempotency-key': 'k' });
    expect(await again.text()).toBe(text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('original-request')).toBe(first.headers.get('request-id'));
    expect((await world.stripe.events.list()).data).toHaveLength(1);
    const other = await raw(world, 'POST', '/v1/customers', 'name=y', { 'idempotency-key': 'k' });
    expect(other.status).toBe(400);
    expect((await errorOf(other)).type).toBe('idempotency_error');
    await world.sandbox.clock.advance(25 * 60 * 60 * 1000);
    expect((await raw(world, 'POST', '/v1/customers', 'name=y', { 'idempotency-key': 'k' })).status).toBe(
      200,
    );
  });

  it('replays a decline but not a refused parameter', async () => {
    const world = await startWorld();
    const { stripe } = world;
    const params = {
      amount: 900,
      currency: 'usd',
      payment_method: 'pm_card_chargeDeclined',
      confirm: true,
      return_url: 'https://e.com',
    };
    const one = await failureOf(stripe.paymentIntents.create(params, { idempotencyKey: 'd' }));
    const two = await failureOf(stripe.paymentIntents.create(params, { idempotencyKey: 'd' }));
    expect(two.payment_intent?.id).toBe(one.payment_intent?.id);
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
    const small = stripe.paymentIntents.create({ amount: 1, currency: 'usd' }, { idempotencyKey: 'v' });
    expect(await failureOf(small)).toMatchObject({ code: 'amount_too_small' });
    expect(
      (await stripe.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey: 'v' })).amount,
    ).toBe(100);
  });

  it('lets one of two requests in flight run and refuses the other', async () => {
    const world = await startWorld();
    const call = (): Promise<Response> =>
      raw(world, 'POST', '/v1/customers', 'name=x', { 'idempotency-key': 'race' });
    const answers = await Promise.all([call(), call(), call(), call()]);
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(200);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(answer.status).toBe(409);
      expect(answer.headers.get('stripe-should-retry')).toBe('true');
      expect(await errorOf(answer)).toMatchObject({
        type: 'idempotency_error',
        code: 'idempotency_key_in_use',
      });
    }
    expect((await world.stripe.customers.list()).data).toHaveLength(1);
  });
});

describe('injected faults', () => {
  it('come before or after execution, as often as asked for', async () => {
    const world = await startWorld();
    const { stripe, sandbox } = world;
    const create = (key: string): Promise<unknown> =>
      stripe.customers.create({ name: key }, { idempotencyKey: key });
    await sandbox.control.injectFault({
      method: 'POST',
      path: '/v1/customers',
      times: 1,
      kind: '500',
      when: 'before',
    });
    expect(await failureOf(create('a'))).toMatchObject({ statusCode: 500, type: 'StripeAPIError' });
    await create('a');
    await sandbox.control.injectFault({
      method: 'POST',
      path: '/v1/cust*',
      times: 1,
      kind: '500',
      when: 'after',
    });
    expect(await failureOf(create('b'))).toMatchObject({ statusCode: 500 });
    expect(await failureOf(create('b'))).toMatchObject({
      statusCode: 500,
      headers: { 'idempotent-replayed': 'true' },
    });
    await sandbox.control.injectFault({ method: 'POST', path: '*', times: 1, kind: '429', when: 'before' });
    expect(await failureOf(create('c'))).toMatchObject({ statusCode: 429, type: 'StripeRateLimitError' });
    await sandbox.control.injectFault({ method: 'POST', path: '*', times: 1, kind: 'reset', when: 'after' });
    expect(await failureOf(create('d'))).toMatchObject({ type: 'StripeConnectionError' });
    await create('d');
    expect((await stripe.customers.list()).data.map(({ name }) => name)).toEqual(['d', 'b', 'a']);
  });

  it('of the kind timeout leave the caller waiting, and closing ends the wait', async () => {
    const sandbox = await startStripeSandbox();
    const fault = { method: 'GET', path: '/v1/balance', times: 1, kind: 'timeout', when: 'before' } as const;
    await sandbox.control.injectFault(fault);
    const headers = { authorization: `Bearer ${sandbox.secretKey}` };
    const hanging = fetch(`${sandbox.url}/v1/balance`, { headers }).catch((error: unknown) => error);
    expect((await fetch(`${sandbox.url}/v1/customers`, { headers })).status).toBe(200);
    await sandbox.control.settled();
    await sandbox.close();
    expect(await hanging).toBeInstanceOf(Error);
  });
});
