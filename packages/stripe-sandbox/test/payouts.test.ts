import { describe, expect, it } from 'vitest';
import { dayMs, failureOf, paid, readyAccount, startReceiver, startWorld, type World } from './harness.ts';

async function funded(world: World, currency = 'usd', bank?: string): Promise<{ stripeAccount: string }> {
  const account = await readyAccount(world, bank);
  const intent = await paid(world, 10_000, currency, 'pm_card_bypassPending');
  await world.stripe.transfers.create({
    amount: 9000,
    currency,
    destination: account.id,
    source_transaction: String(intent.latest_charge),
  });
  return { stripeAccount: account.id };
}

describe('payouts', () => {
  it('leave the balance at once and arrive by the clock', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({
      url: receiver.url,
      connect: true,
      enabledEvents: ['payout.created', 'payout.updated', 'payout.paid'],
    });
    const own = await funded(world);
    const payout = await world.stripe.payouts.create(
      { amount: 4000, currency: 'usd', metadata: { p: '1' } },
      own,
    );
    expect(payout).toMatchObject({ status: 'pending', automatic: false, method: 'standard' });
    expect((await world.stripe.balance.retrieve({}, own)).available).toMatchObject([{ amount: 5000 }]);
    await world.sandbox.clock.advance(dayMs / 12);
    expect((await world.stripe.payouts.retrieve(payout.id, {}, own)).status).toBe('in_transit');
    await world.sandbox.clock.set(new Date(payout.arrival_date * 1000 + 1000));
    expect((await world.stripe.payouts.retrieve(payout.id, {}, own)).status).toBe('paid');
    expect(receiver.types()).toEqual(['payout.created', 'payout.updated', 'payout.paid']);
    expect(receiver.received[1]?.event.data.previous_attributes).toEqual({ status: 'pending' });
    expect((await world.stripe.payouts.list({ status: 'paid' }, own)).data).toHaveLength(1);
    expect((await world.stripe.payouts.list()).data).toHaveLength(0);
  });

  it.each(['usd', 'eur', 'gbp', 'jpy'])('work in %s', async (currency) => {
    const world = await startWorld();
    const own = await funded(world, currency);
    const payout = await world.stripe.payouts.create({ amount: 9000, currency }, own);
    await world.sandbox.clock.advance(3 * dayMs);
    expect((await world.stripe.payouts.retrieve(payout.id, {}, own)).status).toBe('paid');
  });

  it('come back when the bank refuses, and the bank account is marked', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: true, enabledEvents: ['*'] });
    const own = await funded(world, 'usd', '000111111116');
    const payout = await world.stripe.payouts.create({ amount: 9000, currency: 'usd' }, own);
    await world.sandbox.control.settled();
    receiver.received.length = 0;
    await world.sandbox.clock.advance(3 * dayMs);
    const failed = await world.stripe.payouts.retrieve(
      payout.id,
      { expand: ['failure_balance_transaction', 'destination'] },
      own,
    );
    expect(failed).toMatchObject({
      status: 'failed',
      failure_code: 'no_account',
      failure_balance_transaction: { amount: 9000, type: 'payout_failure' },
      destination: { status: 'errored' },
    });
    expect((await world.stripe.balance.retrieve({}, own)).available).toMatchObject([{ amount: 9000 }]);
    expect(receiver.types()).toEqual([
      'payout.updated',
      'payout.failed',
      'payout.updated',
      'account.external_account.updated',
      'account.updated',
      'balance.available',
    ]);
  });

  it('can fail after having been paid', async () => {
    const world = await startWorld();
    const own = await funded(world);
    const payout = await world.stripe.payouts.create({ amount: 100, currency: 'usd' }, own);
    await world.sandbox.clock.advance(3 * dayMs);
    await world.sandbox.control.failPayout(payout.id, 'could_not_process');
    expect(await world.stripe.payouts.retrieve(payout.id, {}, own)).toMatchObject({
      status: 'failed',
      failure_code: 'could_not_process',
    });
    await expect(world.sandbox.control.failPayout(payout.id)).rejects.toThrow();
  });

  it('can be canceled while pending only', async () => {
    const world = await startWorld();
    const own = await funded(world);
    const payout = await world.stripe.payouts.create({ amount: 9000, currency: 'usd' }, own);
    expect(await world.stripe.payouts.cancel(payout.id, {}, own)).toMatchObject({ status: 'canceled' });
    expect((await world.stripe.balance.retrieve({}, own)).available).toMatchObject([{ amount: 9000 }]);
    expect(await failureOf(world.stripe.payouts.cancel(payout.id, {}, own))).toMatchObject({
      statusCode: 400,
    });
  });

  it('are refused beyond the available balance and before onboarding', async () => {
    const world = await startWorld();
    const own = await funded(world);
    const much = world.stripe.payouts.create({ amount: 9001, currency: 'usd' }, own);
    expect(await failureOf(much)).toMatchObject({ statusCode: 400, code: 'balance_insufficient' });
    const fresh = await world.stripe.accounts.create({ country: 'DE' });
    const early = world.stripe.payouts.create({ amount: 1, currency: 'eur' }, { stripeAccount: fresh.id });
    expect(await failureOf(early)).toMatchObject({ statusCode: 400, code: 'payouts_not_allowed' });
    const long = world.stripe.payouts.create(
      { amount: 1, currency: 'usd', statement_descriptor: 'x'.repeat(23) },
      own,
    );
    expect(await failureOf(long)).toMatchObject({ param: 'statement_descriptor' });
  });
});
