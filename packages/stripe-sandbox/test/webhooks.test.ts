import { describe, expect, it } from 'vitest';
import { dayMs, failureOf, startReceiver, startWorld } from './harness.ts';

const hourMs = 60 * 60 * 1000;

describe('webhook endpoints', () => {
  it('tell their secret on creation only', async () => {
    const { stripe } = await startWorld();
    const created = await stripe.webhookEndpoints.create({
      url: 'https://example.com/h',
      enabled_events: ['*'],
      connect: true,
    });
    expect(created.secret).toMatch(/^whsec_/);
    expect((await stripe.webhookEndpoints.retrieve(created.id)).secret).toBeUndefined();
    const changed = await stripe.webhookEndpoints.update(created.id, {
      enabled_events: ['charge.failed'],
      disabled: true,
    });
    expect(changed).toMatchObject({ status: 'disabled', enabled_events: ['charge.failed'] });
    expect((await stripe.webhookEndpoints.list()).data).toHaveLength(1);
    expect(await stripe.webhookEndpoints.del(created.id)).toMatchObject({ deleted: true });
    const bad = stripe.webhookEndpoints.create({ url: 'nonsense', enabled_events: ['*'] });
    expect(await failureOf(bad)).toMatchObject({ code: 'url_invalid', param: 'url' });
  });

  it('are made once per address and kind', async () => {
    const { sandbox } = await startWorld();
    const wanted = { url: 'http://127.0.0.1:1/h', connect: false, enabledEvents: ['*'] };
    const one = await sandbox.ensureWebhookEndpoint(wanted);
    expect(await sandbox.ensureWebhookEndpoint(wanted)).toEqual(one);
    expect((await sandbox.ensureWebhookEndpoint({ ...wanted, connect: true })).id).not.toBe(one.id);
  });
});

describe('deliveries', () => {
  it('are signed, and tried again by the clock until they are taken', async () => {
    const { stripe, sandbox } = await startWorld();
    const receiver = await startReceiver();
    const { secret } = await sandbox.ensureWebhookEndpoint({
      url: receiver.url,
      connect: false,
      enabledEvents: ['customer.created'],
    });
    receiver.answer = () => (receiver.received.length < 4 ? 500 : 200);
    const customer = await stripe.customers.create({ name: 'x' }, { idempotencyKey: 'cause' });
    await sandbox.control.settled();
    expect(receiver.received).toHaveLength(1);
    const id = receiver.received[0]?.event.id ?? '';
    expect((await stripe.events.retrieve(id)).pending_webhooks).toBe(1);
    await sandbox.clock.advance(hourMs);
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    for (const { body, headers } of receiver.received) {
      const signature = String(headers['stripe-signature']);
      const event = stripe.webhooks.constructEvent(body, signature, secret);
      expect(event).toMatchObject({ id, type: 'customer.created', data: { object: { id: customer.id } } });
      expect(event.request?.idempotency_key).toBe('cause');
      expect(headers['user-agent']).toContain('Stripe/1.0');
    }
    expect((await stripe.events.retrieve(id)).pending_webhooks).toBe(0);
    await sandbox.clock.advance(dayMs);
    expect(receiver.received).toHaveLength(4);
  });

  it('are given up after three days', async () => {
    const { stripe, sandbox } = await startWorld();
    const receiver = await startReceiver();
    await sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    receiver.answer = () => 503;
    await stripe.customers.create({});
    await sandbox.clock.advance(5 * dayMs);
    const tries = receiver.received.length;
    expect(tries).toBeGreaterThan(8);
    await sandbox.clock.advance(5 * dayMs);
    expect(receiver.received).toHaveLength(tries);
  });

  it('can be held, and released in another order and in copies', async () => {
    const { stripe, sandbox } = await startWorld();
    const receiver = await startReceiver();
    await sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    await sandbox.control.holdWebhooks();
    for (const name of ['a', 'b', 'c']) await stripe.customers.create({ name });
    await sandbox.control.settled();
    expect(receiver.received).toHaveLength(0);
    await sandbox.control.releaseWebhooks({ order: 'reversed', copies: 2 });
    const names = receiver.received.map(({ event }) => (event.data.object as { name?: string }).name);
    expect(names).toEqual(['c', 'c', 'b', 'b', 'a', 'a']);
    await stripe.customers.create({ name: 'd' });
    await sandbox.control.settled();
    expect(receiver.received).toHaveLength(7);
  });

  it('are chosen by event type, and see the other platform only', async () => {
    const { stripe, sandbox } = await startWorld();
    const receiver = await startReceiver();
    await sandbox.ensureWebhookEndpoint({
      url: receiver.url,
      connect: false,
      enabledEvents: ['customer.updated'],
    });
    await stripe.accounts.create({ country: 'DE' });
    const { id } = await stripe.customers.create({});
    await stripe.customers.update(id, { name: 'new' });
    await sandbox.control.settled();
    expect(receiver.types()).toEqual(['customer.updated']);
    expect(receiver.received[0]?.event.data.previous_attributes).toEqual({ name: null });
  });
});

describe('the control plane', () => {
  it('moves the clock, lists deliveries and duplicates or drops an event over HTTP', async () => {
    const { stripe, sandbox } = await startWorld();
    const receiver = await startReceiver();
    await sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const response = await fetch(`${sandbox.url}/_sandbox/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    let moves = 0;
    const stop = sandbox.clock.onAdvance(() => {
      moves += 1;
    });
    const before = sandbox.clock.now().getTime();
    await call('clock', { advance_ms: dayMs });
    expect(sandbox.clock.now().getTime() - before).toBeGreaterThanOrEqual(dayMs);
    expect(moves).toBe(1);
    stop();
    expect(await call('clock', { advance_ms: -1 })).toHaveProperty('error');
    await stripe.customers.create({ name: '<script>' });
    await sandbox.control.settled();
    const event = receiver.received[0]?.event.id;
    expect(await call('webhooks/duplicate', { event })).toEqual({ sent: 1 });
    expect(receiver.received).toHaveLength(2);
    await call('webhooks/hold', {});
    await stripe.customers.create({});
    const waiting = (await stripe.events.list({ limit: 1 })).data[0]?.id;
    expect(await call('webhooks/drop', { event: waiting })).toEqual({ dropped: 1 });
    await call('webhooks/release', {});
    await sandbox.control.settled();
    expect(receiver.received).toHaveLength(2);
    const page = await (await fetch(sandbox.url)).text();
    expect(page).toContain('customer.created');
    await call('reset', {});
    expect((await stripe.customers.list()).data).toHaveLength(0);
  });
});

describe('the next events of a type', () => {
  it('can be lost or doubled by rule, which is used up by that', async () => {
    const { stripe, sandbox } = await startWorld();
    const receiver = await startReceiver();
    await sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    await sandbox.control.addWebhookRule({ type: 'customer.created', action: 'drop' });
    const rule = { type: 'customer.created', action: 'duplicate', copies: 3, times: 1 };
    const posted = await fetch(`${sandbox.url}/_sandbox/webhooks/rules`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rule),
    });
    expect(posted.status).toBe(200);
    const ids: string[] = [];
    for (const name of ['lost', 'thrice', 'once']) {
      ids.push((await stripe.customers.create({ name })).id);
      await sandbox.control.settled();
    }
    const names = receiver.received.map(({ event }) => (event.data.object as { name: string }).name);
    expect(names).toEqual(['thrice', 'thrice', 'thrice', 'once']);
    const [, second, first] = (await stripe.events.list({ type: 'customer.created' })).data;
    expect(await sandbox.control.duplicateWebhook(first?.id ?? '')).toBe(1);
    expect(await sandbox.control.dropWebhook(second?.id ?? '')).toBe(0);
    await expect(sandbox.control.dropWebhook('evt_0')).rejects.toThrow('no event');
    expect(receiver.received).toHaveLength(5);
  });
});
