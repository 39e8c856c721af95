import { describe, expect, it } from 'vitest';
import { dayMs, failureOf, paid, readyAccount, startReceiver, startWorld } from './harness.ts';

describe('refunds', () => {
  it('add up to the charge and never beyond, also when asked for at once', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({
      url: receiver.url,
      connect: false,
      enabledEvents: ['refund.created', 'charge.refunded', 'refund.updated'],
    });
    const intent = await paid(world);
    const first = await world.stripe.refunds.create({
      payment_intent: intent.id,
      amount: 1000,
      metadata: { why: 'x' },
    });
    expect(first).toMatchObject({
      status: 'succeeded',
      amount: 1000,
      charge: intent.latest_charge,
      reason: null,
    });
    await world.sandbox.control.settled();
    expect(receiver.types()).toEqual(['refund.created', 'charge.refunded', 'refund.updated']);
    const one = (): Promise<unknown> =>
      world.stripe.refunds.create({ payment_intent: intent.id, amount: 4000 });
    const outcomes = await Promise.allSettled([one(), one(), one(), one()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await world.stripe.refunds.create({ charge: String(intent.latest_charge) });
    const over = world.stripe.refunds.create({ payment_intent: intent.id });
    expect(await failureOf(over)).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
    const charge = await world.stripe.charges.retrieve(String(intent.latest_charge), { expand: ['refunds'] });
    expect(charge).toMatchObject({ refunded: true, amount_refunded: 10_000 });
    expect(charge.refunds?.data).toHaveLength(4);
    await world.sandbox.clock.advance(3 * dayMs);
    expect((await world.stripe.balance.retrieve()).available).toMatchObject([{ amount: -320 }]);
  });
});

describe('transfer reversals', () => {
  it('bring money back, in parts, from what the account has', async () => {
    const world = await startWorld();
    const { stripe, sandbox } = world;
    const account = await readyAccount(world);
    const intent = await paid(world);
    const transfer = await stripe.transfers.create({
      amount: 9000,
      currency: 'usd',
      destination: account.id,
      source_transaction: String(intent.latest_charge),
    });
    await stripe.transfers.createReversal(transfer.id, { amount: 2000 });
    await sandbox.clock.advance(3 * dayMs);
    const own = { stripeAccount: account.id };
    expect((await stripe.balance.retrieve({}, own)).available).toMatchObject([{ amount: 7000 }]);
    await stripe.payouts.create({ amount: 6000, currency: 'usd' }, own);
    expect(await failureOf(stripe.transfers.createReversal(transfer.id))).toMatchObject({
      code: 'balance_insufficient',
    });
    await stripe.transfers.createReversal(transfer.id, { amount: 1000 });
    expect(await stripe.transfers.retrieve(transfer.id)).toMatchObject({
      amount_reversed: 3000,
      reversed: false,
    });
    expect((await stripe.transfers.listReversals(transfer.id)).data).toHaveLength(2);
    const reversed = await stripe.events.list({ type: 'transfer.reversed' });
    expect(reversed.data[0]?.data.object).toMatchObject({ object: 'transfer', amount_reversed: 3000 });
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 10_000 - 320 - 6000 }]);
  });
});

describe('refunds that take their time', () => {
  it('are pending until the bank has processed them', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({
      url: receiver.url,
      connect: false,
      enabledEvents: ['refund.created', 'charge.refunded', 'refund.updated', 'refund.failed'],
    });
    const intent = await paid(world, 10_000, 'usd', 'pm_card_pendingRefund');
    const refund = await world.stripe.refunds.create({ payment_intent: intent.id });
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' });
    await world.sandbox.control.settled();
    expect(receiver.types()).toEqual(['refund.created', 'charge.refunded']);
    await world.sandbox.clock.advance(2 * dayMs);
    const done = await world.stripe.refunds.retrieve(refund.id);
    expect(done.status).toBe('succeeded');
    expect(done.pending_reason).toBeUndefined();
    expect(receiver.types().slice(2)).toEqual(['refund.updated', 'refund.updated']);
  });

  it('can succeed and fail later, and then the money is back and may be refunded again', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: false, enabledEvents: ['*'] });
    const intent = await paid(world, 10_000, 'usd', 'pm_card_refundFail');
    const refund = await world.stripe.refunds.create({ payment_intent: intent.id, amount: 4000 });
    expect(refund.status).toBe('succeeded');
    await world.sandbox.control.settled();
    receiver.received.length = 0;
    await world.sandbox.clock.advance(dayMs);
    expect(
      await world.stripe.refunds.retrieve(refund.id, { expand: ['failure_balance_transaction'] }),
    ).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
      failure_balance_transaction: { amount: 4000, type: 'refund_failure' },
    });
    expect(receiver.types()).toEqual([
      'refund.failed',
      'refund.updated',
      'charge.refund.updated',
      'charge.updated',
    ]);
    const charge = await world.stripe.charges.retrieve(String(intent.latest_charge));
    expect(charge).toMatchObject({ amount_refunded: 0, refunded: false });
    await world.stripe.refunds.create({ payment_intent: intent.id, amount: 10_000 });
    await expect(world.sandbox.control.failRefund(refund.id)).rejects.toThrow('cannot fail');
  });

  it('wait for money where negative balances are not debited, can be canceled, and go out when it comes', async () => {
    const world = await startWorld();
    const { stripe, sandbox } = world;
    await stripe.balanceSettings.update({ payments: { debit_negative_balances: false } });
    const intent = await paid(world, 10_000, 'usd', 'pm_card_bypassPending');
    await sandbox.control.settled();
    const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 9690 });
    const second = await stripe.refunds.create({ payment_intent: intent.id, amount: 200 });
    expect(first).toMatchObject({
      status: 'pending',
      pending_reason: 'insufficient_funds',
      balance_transaction: null,
    });
    expect(second.status).toBe('succeeded');
    const over = stripe.refunds.create({ payment_intent: intent.id, amount: 111 });
    expect(await failureOf(over)).toMatchObject({ param: 'amount' });
    const third = await stripe.refunds.create({ payment_intent: intent.id, amount: 110 });
    expect(third.status).toBe('succeeded');
    expect(await stripe.refunds.cancel(first.id)).toMatchObject({ status: 'canceled' });
    expect(await failureOf(stripe.refunds.cancel(first.id))).toMatchObject({ statusCode: 400 });
    const again = await stripe.refunds.create({ payment_intent: intent.id });
    expect(again).toMatchObject({ status: 'pending', amount: 9690 });
    await paid(world, 5000, 'usd', 'pm_card_bypassPending');
    await sandbox.control.settled();
    expect((await stripe.refunds.retrieve(again.id)).status).toBe('succeeded');
    expect((await stripe.balance.retrieve()).available[0]?.amount).toBeGreaterThanOrEqual(0);
  });

  it('that are still pending give way to a chargeback', async () => {
    const world = await startWorld();
    const intent = await paid(world, 10_000, 'usd', 'pm_card_pendingRefund');
    const refund = await world.stripe.refunds.create({ payment_intent: intent.id, amount: 4000 });
    await world.sandbox.control.openDispute(intent.id);
    expect(await world.stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'charge_for_pending_refund_disputed',
    });
  });
});
