import { describe, expect, it } from 'vitest';
import { errorOf, failureOf, raw, startWorld } from './harness.ts';

describe('parameters', () => {
  it.each([
    ['amount=100&currency=usd&nonsense=1', 'parameter_unknown', 'nonsense'],
    [
      'amount=100&currency=usd&automatic_payment_methods[enabled]=true&automatic_payment_methods[x]=1',
      'parameter_unknown',
      'automatic_payment_methods[x]',
    ],
    ['currency=usd', 'parameter_missing', 'amount'],
    ['amount=ten&currency=usd', 'parameter_invalid_integer', 'amount'],
    ['amount=100&currency=usd&capture_method=later', undefined, 'capture_method'],
    ['amount=100&currency=usd&confirm=maybe', undefined, 'confirm'],
    ['amount=100&currency=usd&metadata=x', undefined, 'metadata'],
    ['amount=&currency=usd', 'parameter_invalid_empty', 'amount'],
    [
      'amount=100&currency=usd&payment_method_types[0]=card',
      'payment_method_types_no_longer_supported',
      'payment_method_types',
    ],
    ['amount=100&currency=zzz', undefined, 'currency'],
    ['amount=100&currency=usd&customer=cus_x', 'resource_missing', 'customer'],
  ])('of POST /v1/payment_intents %s are refused', async (body, code, param) => {
    const world = await startWorld();
    const response = await raw(world, 'POST', '/v1/payment_intents', body);
    expect(response.status).toBe(code === 'resource_missing' ? 404 : 400);
    expect(await errorOf(response)).toMatchObject({
      type: 'invalid_request_error',
      param,
      ...(code ? { code } : {}),
    });
  });

  it('that look like object internals are parameters like any other', async () => {
    const world = await startWorld();
    const response = await raw(
      world,
      'POST',
      '/v1/customers',
      'metadata[__proto__]=a&metadata[constructor]=b&__proto__[x]=1',
    );
    expect(response.status).toBe(400);
    const kept = await raw(world, 'POST', '/v1/customers', 'metadata[__proto__]=a&metadata[constructor]=b');
    expect(await kept.text()).toContain('"__proto__": "a"');
  });

  it('of metadata merge, unset and are limited', async () => {
    const { stripe } = await startWorld();
    const customer = await stripe.customers.create({ metadata: { a: '1', b: '2' } });
    expect((await stripe.customers.update(customer.id, { metadata: { b: '', c: '3' } })).metadata).toEqual({
      a: '1',
      c: '3',
    });
    expect((await stripe.customers.update(customer.id, { metadata: '' })).metadata).toEqual({});
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
    for (const metadata of [many, { ['k'.repeat(41)]: 'v' }, { k: 'v'.repeat(501) }]) {
      expect(await failureOf(stripe.customers.update(customer.id, { metadata }))).toMatchObject({
        statusCode: 400,
        param: 'metadata',
      });
    }
  });
});

describe('paths', () => {
  it('that Stripe does not have, or the sandbox does not serve, say so', async () => {
    const world = await startWorld();
    const unknown = await raw(world, 'GET', '/v1/nonsense');
    expect(unknown.status).toBe(404);
    expect((await errorOf(unknown)).message).toContain('Unrecognized request URL (GET: /v1/nonsense)');
    const unserved = await raw(world, 'POST', '/v1/topups', 'amount=100&currency=usd');
    expect(unserved.status).toBe(501);
    expect(await errorOf(unserved)).toMatchObject({ type: 'invalid_request_error' });
    expect((await raw(world, 'GET', '/v1/payment_intents/pi_x')).status).toBe(404);
  });

  it('answer with the headers of Stripe', async () => {
    const world = await startWorld();
    const response = await raw(world, 'POST', '/v1/customers', 'name=x', { 'idempotency-key': 'k1' });
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(response.headers.get('stripe-version')).toBe('2026-10-28.endive');
    expect(response.headers.get('idempotency-key')).toBe('k1');
    expect(response.headers.get('original-request')).toBe(response.headers.get('request-id'));
  });
});
