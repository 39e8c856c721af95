import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { failureOf, raw, startReceiver, startWorld } from './harness.ts';

const never = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' as const } };

describe('a setup intent', () => {
  it('keeps a card with the customer, who can then be charged without being there', async () => {
    const { stripe, sandbox } = await startWorld();
    const receiver = await startReceiver();
    await sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    const customer = await stripe.customers.create({ name: 'Jenny' });
    const setup = await stripe.setupIntents.create({ customer: customer.id, ...never });
    expect(setup).toMatchObject({ status: 'requires_payment_method', usage: 'off_session' });
    const card = 'pm_card_authenticationRequiredOnSetup';
    const waiting = await stripe.setupIntents.confirm(setup.id, { payment_method: card });
    expect(waiting).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
    await sandbox.control.completeAuthentication(setup.id, 'succeed');
    const done = await stripe.setupIntents.retrieve(setup.id, { expand: ['latest_attempt'] });
    expect(done).toMatchObject({ status: 'succeeded', latest_attempt: { status: 'succeeded' } });
    const intent = await stripe.paymentIntents.create({
      amount: 5000,
      currency: 'usd',
      customer: customer.id,
      payment_method: String(done.payment_method),
      off_session: true,
      confirm: true,
      ...never,
    });
    expect(intent.status).toBe('succeeded');
    await sandbox.control.settled();
    expect(receiver.types().filter((type) => type.startsWith('setup_intent.'))).toEqual([
      'setup_intent.created',
      'setup_intent.requires_action',
      'setup_intent.succeeded',
    ]);
    const method = await stripe.customers.retrievePaymentMethod(customer.id, String(done.payment_method));
    await stripe.paymentMethods.update(method.id, {
      billing_details: { name: 'J. Rosen' },
      card: { exp_month: 3, exp_year: 2041 },
    });
    expect(await stripe.paymentMethods.retrieve(method.id)).toMatchObject({
      billing_details: { name: 'J. Rosen' },
      card: { exp_month: 3, exp_year: 2041 },
    });
    expect((await stripe.setupAttempts.list({ setup_intent: setup.id })).data).toHaveLength(1);
    expect((await stripe.setupIntents.list({ customer: customer.id })).data).toHaveLength(1);
  });

  it('tells why a card is refused, and can be tried again, changed and canceled', async () => {
    const { stripe } = await startWorld();
    const setup = await stripe.setupIntents.create(never);
    const declined = await failureOf(
      stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }),
    );
    expect(declined).toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      setup_intent: { id: setup.id, status: 'requires_payment_method' },
    });
    await stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_authenticationRequired' });
    const changed = await stripe.setupIntents.update(setup.id, {
      payment_method: 'pm_card_visa',
      metadata: { a: '1' },
    });
    expect(changed).toMatchObject({ status: 'requires_confirmation', metadata: { a: '1' } });
    const gone = await stripe.setupIntents.cancel(setup.id, { cancellation_reason: 'abandoned' });
    expect(gone.status).toBe('canceled');
    expect(await failureOf(stripe.setupIntents.confirm(setup.id))).toMatchObject({
      code: 'setup_intent_unexpected_state',
    });
  });

  it('is authenticated on a page, and an app may confirm it by its secret', async () => {
    const world = await startWorld();
    const setup = await world.stripe.setupIntents.create({});
    const confirm = (secret: string): Promise<Response> =>
      raw(
        world,
        'POST',
        `/v1/setup_intents/${setup.id}/confirm`,
        new URLSearchParams({
          client_secret: secret,
          payment_method: 'pm_card_authenticationRequired',
          return_url: 'https://shop.example/back',
        }).toString(),
        { authorization: `Bearer ${world.sandbox.publishableKey}` },
      );
    expect((await confirm('wrong')).status).toBe(404);
    const waiting = (await (await confirm(String(setup.client_secret))).json()) as Stripe.SetupIntent;
    const page = String(waiting.next_action?.redirect_to_url?.url);
    expect(await (await fetch(page)).text()).toContain('want this card to be saved');
    const answer = await fetch(`${page}/fail`, { method: 'POST', redirect: 'manual' });
    const back = new URL(String(answer.headers.get('location')));
    expect(back.searchParams.get('setup_intent')).toBe(setup.id);
    expect(back.searchParams.get('redirect_status')).toBe('failed');
    expect(await world.stripe.setupIntents.retrieve(setup.id)).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'setup_intent_authentication_failure' },
    });
  });
});

describe('a confirmation token', () => {
  it('confirms one payment with the card and the addresses it carries', async () => {
    const { stripe } = await startWorld();
    const token = await stripe.testHelpers.confirmationTokens.create({
      payment_method: 'pm_card_mastercard',
      return_url: 'https://shop.example/back',
      setup_future_usage: 'off_session',
      shipping: { name: 'Jenny', address: { line1: 'Main St 1', city: 'Berlin', country: 'DE' } },
    });
    expect(token.payment_method_preview).toMatchObject({ type: 'card', card: { brand: 'mastercard' } });
    const create = { amount: 5000, currency: 'eur', confirm: true, confirmation_token: token.id };
    const intent = await stripe.paymentIntents.create(create, { idempotencyKey: 'once' });
    expect(intent).toMatchObject({
      status: 'succeeded',
      setup_future_usage: 'off_session',
      shipping: { name: 'Jenny', address: { city: 'Berlin' } },
    });
    expect((await stripe.confirmationTokens.retrieve(token.id)).payment_intent).toBe(intent.id);
    expect(await failureOf(stripe.paymentIntents.create(create))).toMatchObject({
      param: 'confirmation_token',
    });
    const late = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_visa' });
    const setup = await stripe.setupIntents.create(never);
    const done = await stripe.setupIntents.confirm(setup.id, { confirmation_token: late.id });
    expect(done.status).toBe('succeeded');
  });
});

describe('tokens, keys and sessions', () => {
  it('stand for a bank account or a card, once', async () => {
    const { stripe } = await startWorld();
    const account = await stripe.accounts.create({ country: 'US' });
    const { id } = await stripe.tokens.create({
      bank_account: {
        country: 'US',
        currency: 'usd',
        account_number: '000123456789',
        routing_number: '110000000',
        account_holder_name: 'Jenny Rosen',
      },
    });
    const bank = await stripe.accounts.createExternalAccount(account.id, { external_account: id });
    expect(bank).toMatchObject({ last4: '6789', account_holder_name: 'Jenny Rosen' });
    expect((await stripe.tokens.retrieve(id)).used).toBe(true);
    const again = stripe.accounts.createExternalAccount(account.id, { external_account: id });
    expect(await failureOf(again)).toMatchObject({ code: 'token_already_used' });
    const card = await stripe.tokens.create({
      card: { number: '5555555555554444', exp_month: '11', exp_year: '2039', cvc: '123' },
    });
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: card.id } });
    expect(method.card).toMatchObject({ brand: 'mastercard', exp_month: 11, exp_year: 2039 });
  });

  it('are made for a customer or an account', async () => {
    const { stripe } = await startWorld();
    const { id: customer } = await stripe.customers.create({});
    const key = await stripe.ephemeralKeys.create({ customer }, { apiVersion: Stripe.API_VERSION });
    expect(key.secret).toMatch(/^ek_test_/);
    await stripe.ephemeralKeys.del(key.id);
    expect(await failureOf(stripe.ephemeralKeys.del(key.id))).toMatchObject({ statusCode: 404 });
    const { id: account } = await stripe.accounts.create({ country: 'DE' });
    const session = await stripe.accountSessions.create({
      account,
      components: { payouts: { enabled: true, features: { instant_payouts: true } } },
    });
    expect(session.components.payouts).toMatchObject({
      enabled: true,
      features: { instant_payouts: true, edit_payout_schedule: false },
    });
    expect(session.components.documents.enabled).toBe(false);
    const own = await stripe.customerSessions.create({
      customer,
      components: { payment_element: { enabled: true } },
    });
    expect(own).toMatchObject({ customer, components: { payment_element: { enabled: true } } });
    expect(await failureOf(stripe.customerSessions.create({ customer, components: {} }))).toMatchObject({
      statusCode: 400,
    });
  });
});

describe('persons', () => {
  it('are added to, changed on and taken from a company', async () => {
    const { stripe } = await startWorld();
    const account = await stripe.accounts.create({ country: 'DE', business_type: 'company' });
    const person = await stripe.accounts.createPerson(account.id, {
      first_name: 'Jenny',
      dob: { day: 1, month: 1, year: 1901 },
      relationship: { owner: true, percent_ownership: 40 },
      id_number: '000000000',
    });
    expect(person).toMatchObject({
      first_name: 'Jenny',
      relationship: { owner: true, representative: false },
      verification: { status: 'verified' },
    });
    await stripe.accounts.updatePerson(account.id, person.id, { last_name: 'Rosen', metadata: { a: '1' } });
    expect((await stripe.accounts.retrievePerson(account.id, person.id)).last_name).toBe('Rosen');
    expect(await stripe.accounts.deletePerson(account.id, person.id)).toMatchObject({ deleted: true });
    expect((await stripe.accounts.listPersons(account.id)).data).toEqual([]);
    const events = await stripe.events.list(
      { types: ['person.updated', 'person.deleted'] },
      {
        stripeAccount: account.id,
      },
    );
    expect(events.data).toHaveLength(2);
  });
});
