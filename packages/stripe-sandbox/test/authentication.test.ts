import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { connect, failureOf, startReceiver, startWorld, type World } from './harness.ts';

async function waiting(
  world: World,
  card = 'pm_card_threeDSecure2Required',
  extra: object = {},
): Promise<Stripe.PaymentIntent> {
  return await world.stripe.paymentIntents.create({
    amount: 4200,
    currency: 'eur',
    payment_method: card,
    confirm: true,
    return_url: 'https://shop.example/back?order=7',
    ...extra,
  });
}

async function press(url: string, button: 'complete' | 'fail'): Promise<URL> {
  const response = await fetch(`${url}/${button}`, { method: 'POST', redirect: 'manual' });
  expect(response.status).toBe(303);
  return new URL(response.headers.get('location') ?? '');
}

describe('3-D Secure', () => {
  it('sends the payer to a page and back, and the payment goes on by itself', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    const intent = await waiting(world);
    expect(intent.status).toBe('requires_action');
    const url = intent.next_action?.redirect_to_url?.url ?? '';
    expect(url.startsWith(world.sandbox.url)).toBe(true);
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('42.00 eur');
    const back = await press(url, 'complete');
    expect(back.searchParams.get('order')).toBe('7');
    expect(back.searchParams.get('payment_intent')).toBe(intent.id);
    expect(back.searchParams.get('payment_intent_client_secret')).toBe(intent.client_secret);
    expect(back.searchParams.get('redirect_status')).toBe('succeeded');
    const done = await world.stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    expect(done).toMatchObject({ status: 'succeeded', next_action: null });
    await world.sandbox.control.settled();
    expect(receiver.types()).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
    ]);
    const automatic = receiver.received[3]?.event.request;
    expect(automatic).toEqual({ id: null, idempotency_key: null });
    // A second press does not pay twice.
    expect((await press(url, 'fail')).searchParams.get('redirect_status')).toBe('succeeded');
  });

  it('that fails reopens the intent with the reason', async () => {
    const world = await startWorld();
    const intent = await waiting(world, 'pm_card_authenticationRequired');
    const back = await press(intent.next_action?.redirect_to_url?.url ?? '', 'fail');
    expect(back.searchParams.get('redirect_status')).toBe('failed');
    const failed = await world.stripe.paymentIntents.retrieve(intent.id);
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
  });

  it('can be followed by a decline', async () => {
    const world = await startWorld();
    const intent = await waiting(world, 'pm_card_threeDSecureRequiredChargeDeclined');
    await world.sandbox.control.completeAuthentication(intent.id, 'succeed');
    const declined = await world.stripe.paymentIntents.retrieve(intent.id);
    expect(declined).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined' },
    });
  });

  it('is left to the client SDK when asked for', async () => {
    const world = await startWorld();
    const intent = await waiting(world, 'pm_card_threeDSecure2Required', { use_stripe_sdk: true });
    expect(intent.next_action?.type).toBe('use_stripe_sdk');
    const page = String(intent.next_action?.use_stripe_sdk?.stripe_js);
    expect((await fetch(page)).status).toBe(200);
  });

  it('is an error where nobody is there to do it', async () => {
    const world = await startWorld();
    for (const extra of [{ off_session: true }, { error_on_requires_action: true }]) {
      const error = await failureOf(waiting(world, 'pm_card_authenticationRequired', extra));
      expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
      expect(error.payment_intent?.status).toBe('requires_payment_method');
    }
  });

  it('is asked once for a card that is set up with its customer', async () => {
    const world = await startWorld();
    const customer = await world.stripe.customers.create({});
    const first = await waiting(world, 'pm_card_authenticationRequiredOnSetup', {
      customer: customer.id,
      setup_future_usage: 'off_session',
    });
    await world.sandbox.control.completeAuthentication(first.id, 'succeed');
    const [method] = (await world.stripe.paymentMethods.list({ customer: customer.id })).data;
    const second = await waiting(world, method?.id, { customer: customer.id, off_session: true });
    expect(second.status).toBe('succeeded');
  });

  it('is not for forms of other sites', async () => {
    const world = await startWorld();
    const intent = await waiting(world);
    const url = `${world.sandbox.url}/_sandbox/3ds/${intent.id}/complete`;
    const response = await fetch(url, { method: 'POST', headers: { origin: 'https://evil.example' } });
    expect(response.status).toBe(403);
    expect((await world.stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_action');
  });
});

describe('a publishable key', () => {
  it('confirms and reads one intent by its client secret, and nothing else', async () => {
    const world = await startWorld();
    const intent = await world.stripe.paymentIntents.create({ amount: 700, currency: 'usd' });
    const call = async (method: string, path: string, fields: Record<string, string>): Promise<Response> => {
      const form = new URLSearchParams(fields);
      const url = `${world.sandbox.url}/v1${path}${method === 'GET' ? `?${form}` : ''}`;
      const headers = { authorization: `Bearer ${world.sandbox.publishableKey}` };
      return await fetch(url, { method, headers, ...(method === 'GET' ? {} : { body: form }) });
    };
    const secret = intent.client_secret ?? '';
    const path = `/payment_intents/${intent.id}`;
    expect((await call('GET', path, {})).status).toBe(400);
    expect((await call('GET', path, { client_secret: `${secret}x` })).status).toBe(404);
    expect((await call('GET', path, { client_secret: secret })).status).toBe(200);
    expect((await call('GET', '/customers', {})).status).toBe(403);
    const confirmed = await call('POST', `${path}/confirm`, {
      client_secret: secret,
      payment_method: 'pm_card_visa',
    });
    expect(await confirmed.json()).toMatchObject({ status: 'succeeded' });
  });
});

describe('a secret key', () => {
  it('is needed and must look like one of test mode', async () => {
    const world = await startWorld();
    const { hostname, port } = new URL(world.sandbox.url);
    const live = new Stripe('sk_live_0123456789abcdefghij', {
      host: hostname,
      port,
      protocol: 'http',
      maxNetworkRetries: 0,
    });
    expect(await failureOf(live.balance.retrieve())).toMatchObject({
      statusCode: 401,
      type: 'StripeAuthenticationError',
    });
    expect((await fetch(`${world.sandbox.url}/v1/balance`)).status).toBe(401);
    const basic = Buffer.from(`${world.sandbox.secretKey}:`).toString('base64');
    const ok = await fetch(`${world.sandbox.url}/v1/balance`, {
      headers: { authorization: `Basic ${basic}` },
    });
    expect(ok.status).toBe(200);
    const stranger = connect(world.sandbox, world.problems, { stripeAccount: 'acct_unknown' });
    expect(await failureOf(stranger.balance.retrieve())).toMatchObject({
      statusCode: 403,
      code: 'account_invalid',
    });
  });
});
