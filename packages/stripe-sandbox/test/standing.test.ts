import { describe, expect, it } from 'vitest';
import { dayMs, failureOf, paid, readyAccount, startReceiver, startWorld, type World } from './harness.ts';

async function funded(world: World): Promise<{ id: string; charge: string }> {
  const { id } = await readyAccount(world);
  const intent = await paid(world, 10_000, 'usd', 'pm_card_bypassPending');
  const charge = String(intent.latest_charge);
  await send(world, id, charge, 5000);
  return { id, charge };
}

async function send(world: World, destination: string, charge: string, amount = 100): Promise<unknown> {
  const common = { currency: 'usd', source_transaction: charge };
  return await world.stripe.transfers.create({ ...common, amount, destination });
}

describe('an account that is not in good standing', () => {
  it('takes no transfers and makes no payouts while restricted or rejected, and all again afterwards', async () => {
    const world = await startWorld();
    const { id, charge } = await funded(world);
    const own = { stripeAccount: id };
    for (const stage of ['restricted', 'rejected'] as const) {
      await world.sandbox.control.changeAccount(id, stage);
      const account = await world.stripe.accounts.retrieve(id);
      expect(account).toMatchObject({ payouts_enabled: false, capabilities: { transfers: 'inactive' } });
      expect(account.requirements?.disabled_reason).toBe(
        stage === 'rejected' ? 'rejected.other' : 'requirements.past_due',
      );
      expect(await failureOf(send(world, id, charge))).toMatchObject({
        code: 'insufficient_capabilities_for_transfer',
      });
      const payout = world.stripe.payouts.create({ amount: 1, currency: 'usd' }, own);
      expect(await failureOf(payout)).toMatchObject({ code: 'payouts_not_allowed' });
    }
    await world.sandbox.control.changeAccount(id, 'complete');
    await send(world, id, charge);
    await world.stripe.payouts.create({ amount: 1, currency: 'usd' }, own);
  });

  it('is rejected for a reason, with or without its payouts, and unrejected as it was', async () => {
    const world = await startWorld();
    const { id } = await funded(world);
    const rejected = await world.stripe.accounts.reject(id, { reason: 'terms_of_service' });
    expect(rejected).toMatchObject({
      payouts_enabled: false,
      requirements: { disabled_reason: 'rejected.terms_of_service' },
    });
    const again = await world.stripe.accounts.reject(id, {
      reason: 'fraud_other' as 'fraud',
      payouts_action: 'none',
    });
    expect(again).toMatchObject({
      payouts_enabled: true,
      requirements: { disabled_reason: 'rejected.fraud' },
    });
    expect(await world.stripe.accounts.unreject(id)).toMatchObject({
      payouts_enabled: true,
      capabilities: { transfers: 'active' },
    });
    expect(await failureOf(world.stripe.accounts.unreject(id))).toMatchObject({ statusCode: 400 });
  });

  it('can lose one capability alone', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    const events = ['capability.updated', 'account.updated'];
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: true, enabledEvents: events });
    const { id, charge } = await funded(world);
    await world.sandbox.control.settled();
    receiver.received.length = 0;
    await world.sandbox.control.setCapability(id, 'transfers', 'inactive');
    await world.sandbox.control.settled();
    expect(receiver.types()).toEqual(['capability.updated', 'account.updated']);
    const account = await world.stripe.accounts.retrieve(id);
    expect(account).toMatchObject({
      payouts_enabled: true,
      capabilities: { transfers: 'inactive', card_payments: 'active' },
    });
    await failureOf(send(world, id, charge));
    await world.sandbox.control.setCapability(id, 'transfers', 'pending');
    expect((await world.stripe.accounts.retrieveCapability(id, 'transfers')).status).toBe('pending');
    await world.sandbox.control.setCapability(id, 'transfers', 'active');
    await send(world, id, charge);
    await expect(world.sandbox.control.setCapability(id, 'flying', 'active')).rejects.toThrow(
      'no capability',
    );
  });

  it('that withdrew its consent is out of reach, and says so by a last event', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    const { id, charge } = await funded(world);
    const events = ['account.application.deauthorized'];
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: true, enabledEvents: events });
    await world.sandbox.control.deauthorizeAccount(id);
    await world.sandbox.control.settled();
    expect(receiver.received[0]?.event).toMatchObject({
      account: id,
      data: { object: { object: 'application' } },
    });
    const refused = { statusCode: 403, code: 'account_invalid' };
    expect(await failureOf(world.stripe.accounts.retrieve(id))).toMatchObject(refused);
    expect(await failureOf(world.stripe.balance.retrieve({}, { stripeAccount: id }))).toMatchObject(refused);
    expect(await failureOf(send(world, id, charge))).toMatchObject({ code: 'resource_missing' });
    expect((await world.stripe.accounts.list()).data).toEqual([]);
    await expect(world.sandbox.control.changeAccount(id, 'restricted')).rejects.toThrow('no account');
  });

  it('is deleted only without money, and is then gone', async () => {
    const world = await startWorld();
    const { id } = await funded(world);
    const own = { stripeAccount: id };
    expect(await failureOf(world.stripe.accounts.del(id))).toMatchObject({ statusCode: 400 });
    await world.stripe.payouts.create({ amount: 5000, currency: 'usd' }, own);
    expect(await failureOf(world.stripe.accounts.del(id))).toMatchObject({ statusCode: 400 });
    await world.sandbox.clock.advance(3 * dayMs);
    expect(await world.stripe.accounts.del(id)).toMatchObject({ deleted: true });
    expect(await failureOf(world.stripe.accounts.retrieve(id))).toMatchObject({ statusCode: 403 });
  });
});
