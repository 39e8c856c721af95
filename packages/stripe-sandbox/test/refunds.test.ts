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
