import { describe, expect, it } from 'vitest';
import { dayMs, failureOf, paid, startReceiver, startWorld } from './harness.ts';

describe('payment intents', () => {
  it('succeed with a good card, and the balance transaction comes a moment later', async () => {
    const { stripe, sandbox } = await startWorld();
    const customer = await stripe.customers.create({ email: 'a@example.com', metadata: { user_id: 'u1' } });
    const intent = await stripe.paymentIntents.create({
      amount: 10_000,
      currency: 'usd',
      customer: customer.id,
      transfer_group: 'job_1',
      metadata: { job_id: 'job_1' },
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
    expect(intent).toMatchObject({ status: 'requires_payment_method', capture_method: 'automatic_async' });
    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_`));
    const confirmed = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
      expand: ['latest_charge', 'customer'],
    });
    expect(confirmed).toMatchObject({
      status: 'succeeded',
      amount_received: 10_000,
      customer: { id: customer.id },
    });
    expect(confirmed.latest_charge).toMatchObject({ balance_transaction: null, transfer_group: 'job_1' });
    await sandbox.control.settled();
    const later = await stripe.paymentIntents.retrieve(intent.id, {
      expand: ['latest_charge.balance_transaction'],
    });
    expect(later.latest_charge).toMatchObject({
      balance_transaction: { amount: 10_000, fee: 320, net: 9680, status: 'pending', type: 'charge' },
    });
    expect((await stripe.balance.retrieve()).pending).toMatchObject([{ amount: 9680, currency: 'usd' }]);
    await sandbox.clock.advance(2 * dayMs);
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 9680, currency: 'usd' }]);
  });

  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', ''],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', ''],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', ''],
    ['pm_card_chargeCustomerFail', 'card_declined', 'generic_decline'],
  ])('are declined with %s and can be tried again', async (card, code, declineCode) => {
    const world = await startWorld();
    const error = await failureOf(paid(world, 2000, 'usd', card));
    expect(error).toMatchObject({
      statusCode: 402,
      type: 'StripeCardError',
      code,
      decline_code: declineCode,
    });
    const intent = error.payment_intent;
    expect(intent).toMatchObject({ status: 'requires_payment_method', payment_method: null });
    expect(intent?.last_payment_error).toMatchObject({ code, charge: intent?.latest_charge });
    const charge = await world.stripe.charges.retrieve(String(intent?.latest_charge));
    expect(charge).toMatchObject({ status: 'failed', failure_code: code, paid: false });
    const again = await world.stripe.paymentIntents.confirm(intent?.id ?? '', {
      payment_method: 'pm_card_visa',
    });
    expect(again).toMatchObject({ status: 'succeeded', last_payment_error: null });
    expect((await world.stripe.charges.list({ payment_intent: again.id })).data).toHaveLength(2);
  });

  it('tell of every step in the usual order', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    await paid(world);
    await world.sandbox.control.settled();
    const steps = [
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.updated',
    ];
    const { data: newestFirst } = await world.stripe.events.list({ limit: 10 });
    expect(newestFirst.map(({ type }) => type).reverse()).toEqual(steps);
    // Deliveries are under way side by side, as Stripe's are: each comes, in whatever order.
    expect(receiver.types().toSorted()).toEqual(steps.toSorted());
    const updated = receiver.received.find(({ event }) => event.type === 'charge.updated')?.event.data;
    expect(updated?.previous_attributes).toEqual({ balance_transaction: null });
  });

  it('refuse what their state does not allow and show themselves in the error', async () => {
    const world = await startWorld();
    const intent = await paid(world);
    for (const call of [
      world.stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }),
      world.stripe.paymentIntents.cancel(intent.id),
      world.stripe.paymentIntents.update(intent.id, { amount: 5000 }),
    ]) {
      const error = await failureOf(call);
      expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
      expect(error.payment_intent).toMatchObject({ id: intent.id, status: 'succeeded' });
    }
    const open = await world.stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
    expect(
      await world.stripe.paymentIntents.cancel(open.id, { cancellation_reason: 'abandoned' }),
    ).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'abandoned',
    });
  });

  it('can be authorised first and captured in part', async () => {
    const { stripe } = await startWorld();
    const intent = await stripe.paymentIntents.create({
      amount: 3000,
      currency: 'gbp',
      capture_method: 'manual',
      payment_method: 'pm_card_mastercard',
      confirm: true,
      return_url: 'https://example.com/back',
    });
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 3000 });
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 2000 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 2000 });
    expect((await stripe.balance.retrieve()).pending).toContainEqual(
      expect.objectContaining({ amount: 2000 - 88, currency: 'gbp' }),
    );
  });

  it.each([
    [49, 'usd', 'amount_too_small'],
    [29, 'gbp', 'amount_too_small'],
    [49, 'jpy', 'amount_too_small'],
    [299, 'sek', 'amount_too_small'],
    [100_000_000, 'usd', 'amount_too_large'],
    [10_005, 'kwd', 'invalid_charge_amount'],
    [-5, 'usd', 'parameter_invalid_integer'],
  ])('refuse an amount of %i %s', async (amount, currency, code) => {
    const { stripe } = await startWorld();
    const error = await failureOf(stripe.paymentIntents.create({ amount, currency }));
    expect(error).toMatchObject({ statusCode: 400, code, param: 'amount' });
  });

  it('need a return_url when redirects are allowed', async () => {
    const { stripe } = await startWorld();
    const error = await failureOf(
      stripe.paymentIntents.create({
        amount: 500,
        currency: 'usd',
        payment_method: 'pm_card_visa',
        confirm: true,
      }),
    );
    expect(error).toMatchObject({ statusCode: 400, param: 'return_url' });
    const early = await failureOf(
      stripe.paymentIntents.create({ amount: 500, currency: 'usd', return_url: 'https://example.com' }),
    );
    expect(early).toMatchObject({ statusCode: 400, param: 'return_url' });
  });
});

describe('payment methods', () => {
  it('are made of test numbers, attached, listed and detached', async () => {
    const { stripe } = await startWorld();
    const customer = await stripe.customers.create({});
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4242424242424242', exp_month: 12, exp_year: 2040, cvc: '123' },
      billing_details: { name: 'A', address: { city: 'Paris' } },
    });
    await stripe.paymentMethods.attach(method.id, { customer: customer.id });
    await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id });
    const listed = await stripe.paymentMethods.list({ customer: customer.id, type: 'card' });
    expect(listed.data.map(({ card }) => card?.brand)).toEqual(['mastercard', 'visa']);
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toHaveLength(2);
    await stripe.paymentMethods.detach(method.id);
    expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toHaveLength(1);
    const wrong = await failureOf(
      stripe.paymentMethods.create({
        type: 'card',
        card: { number: '4242424242424241', exp_month: 1, exp_year: 2040 },
      }),
    );
    expect(wrong).toMatchObject({ statusCode: 402, code: 'incorrect_number' });
  });

  it('that were used without a customer cannot be used again', async () => {
    const { stripe } = await startWorld();
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    const payment = {
      amount: 900,
      currency: 'usd',
      payment_method: method.id,
      confirm: true,
      return_url: 'https://e.com',
    };
    await stripe.paymentIntents.create(payment);
    expect(await failureOf(stripe.paymentIntents.create(payment))).toMatchObject({ statusCode: 400 });
  });
});
