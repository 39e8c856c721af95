import { describe, expect, it } from 'vitest';
import { dayMs, failureOf, paid, readyAccount, startReceiver, startWorld } from './harness.ts';

describe('connected accounts', () => {
  it('become ready by the hosted page, whose link works once', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: true, enabledEvents: ['*'] });
    const account = await world.stripe.accounts.create({
      country: 'DE',
      email: 'h@example.com',
      business_type: 'individual',
      controller: {
        stripe_dashboard: { type: 'express' },
        fees: { payer: 'application' },
        losses: { payments: 'application' },
      },
      capabilities: { transfers: { requested: true } },
      settings: { payouts: { schedule: { interval: 'manual' } } },
      metadata: { user_id: '7' },
    });
    expect(account).toMatchObject({
      payouts_enabled: false,
      details_submitted: false,
      default_currency: 'eur',
      type: 'express',
    });
    expect(account.capabilities).toEqual({ transfers: 'inactive' });
    expect(account.requirements?.currently_due).toContain('external_account');
    const link = await world.stripe.accountLinks.create({
      account: account.id,
      type: 'account_onboarding',
      refresh_url: 'https://shop.example/again',
      return_url: 'https://shop.example/done',
    });
    const form = new URLSearchParams({
      first_name: 'H',
      last_name: '<b>',
      bank_account_number: '000123456789',
    });
    const post = async (): Promise<string | null> =>
      (await fetch(link.url, { method: 'POST', body: form, redirect: 'manual' })).headers.get('location');
    expect(await post()).toBe('https://shop.example/done');
    expect(await post()).toBe('https://shop.example/again');
    const ready = await world.stripe.accounts.retrieve(account.id);
    expect(ready).toMatchObject({
      payouts_enabled: true,
      details_submitted: true,
      capabilities: { transfers: 'active' },
      requirements: { currently_due: [], disabled_reason: null },
      settings: { payouts: { schedule: { interval: 'manual' } } },
    });
    expect(ready.external_accounts?.data).toMatchObject([{ currency: 'eur', country: 'DE', last4: '6789' }]);
    await world.sandbox.control.settled();
    expect(new Set(receiver.types())).toEqual(
      new Set([
        'account.updated',
        'capability.updated',
        'account.external_account.created',
        'person.created',
      ]),
    );
    expect(receiver.received.every(({ event }) => event.account === account.id)).toBe(true);
  });

  it('can be looked into, and restricted again', async () => {
    const world = await startWorld();
    const account = await readyAccount(world);
    expect((await world.stripe.accounts.createLoginLink(account.id)).url).toContain(world.sandbox.url);
    expect((await world.stripe.accounts.listPersons(account.id)).data).toHaveLength(1);
    const capabilities = await world.stripe.accounts.listCapabilities(account.id);
    expect(capabilities.data.map(({ id, status }) => `${id} ${status}`).sort()).toEqual([
      'card_payments active',
      'transfers active',
    ]);
    expect((await world.stripe.accounts.retrieveCapability(account.id, 'transfers')).status).toBe('active');
    await world.sandbox.control.changeAccount(account.id, 'restricted');
    const restricted = await world.stripe.accounts.retrieve(account.id);
    expect(restricted).toMatchObject({ payouts_enabled: false, capabilities: { transfers: 'inactive' } });
  });

  it('of some countries must ask for card payments together with transfers', async () => {
    const { stripe } = await startWorld();
    const error = await failureOf(
      stripe.accounts.create({ country: 'US', capabilities: { transfers: { requested: true } } }),
    );
    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(error.message).toContain('without the `card_payments` capability');
  });

  it('manage their bank accounts', async () => {
    const world = await startWorld();
    const account = await readyAccount(world);
    const added = await world.stripe.accounts.createExternalAccount(account.id, {
      external_account: {
        object: 'bank_account',
        country: 'US',
        currency: 'usd',
        account_number: '000111111116',
        routing_number: '110000000',
      },
      metadata: { kind: 'second' },
    });
    expect(
      await failureOf(
        world.stripe.accounts.deleteExternalAccount(account.id, account.external_accounts?.data[0]?.id ?? ''),
      ),
    ).toMatchObject({ statusCode: 400 });
    await world.stripe.accounts.updateExternalAccount(account.id, added.id, { default_for_currency: true });
    const listed = await world.stripe.accounts.listExternalAccounts(account.id, { object: 'bank_account' });
    expect(listed.data.map((bank) => bank.default_for_currency)).toEqual([true, false]);
    await world.stripe.accounts.deleteExternalAccount(account.id, listed.data[1]?.id ?? '');
    expect((await world.stripe.accounts.listExternalAccounts(account.id)).data).toHaveLength(1);
  });
});

describe('transfers', () => {
  it('from a charge are taken at once and become available with it', async () => {
    const world = await startWorld();
    const { stripe, sandbox } = world;
    const account = await readyAccount(world);
    const intent = await paid(world);
    const transfer = await stripe.transfers.create({
      amount: 9000,
      currency: 'usd',
      destination: account.id,
      source_transaction: String(intent.latest_charge),
      metadata: { job_id: 'j' },
    });
    expect(transfer).toMatchObject({ amount: 9000, reversed: false, transfer_group: `group_${intent.id}` });
    expect((await stripe.paymentIntents.retrieve(intent.id)).transfer_group).toBe(`group_${intent.id}`);
    const own = { stripeAccount: account.id };
    expect(await stripe.balance.retrieve({}, own)).toMatchObject({
      available: [{ amount: 0, currency: 'usd' }],
      pending: [{ amount: 9000, currency: 'usd' }],
    });
    const arrived = await stripe.charges.retrieve(String(transfer.destination_payment), {}, own);
    expect(arrived).toMatchObject({ source_transfer: transfer.id, amount: 9000 });
    await sandbox.clock.advance(2 * dayMs);
    expect((await stripe.balance.retrieve({}, own)).available).toMatchObject([{ amount: 9000 }]);
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 10_000 - 320 - 9000 }]);
    const types = (await stripe.events.list({}, own)).data.map(({ type }) => type);
    expect(types.filter((type) => type === 'balance.available')).toHaveLength(1);
    const again = await stripe.transfers.create({
      amount: 1000,
      currency: 'usd',
      destination: account.id,
      source_transaction: String(intent.latest_charge),
      transfer_group: 'mine',
    });
    expect(again.transfer_group).toBe('mine');
    expect((await stripe.balance.retrieve({}, own)).available).toMatchObject([{ amount: 10_000 }]);
    expect((await stripe.transfers.list({ transfer_group: 'mine' })).data.map(({ id }) => id)).toEqual([
      again.id,
    ]);
    expect((await stripe.transfers.list({ destination: account.id })).data).toHaveLength(2);
  });

  it('never exceed their source charge, however many are asked for at once', async () => {
    const world = await startWorld();
    const account = await readyAccount(world);
    const intent = await paid(world);
    const one = (): Promise<unknown> =>
      world.stripe.transfers.create({
        amount: 3000,
        currency: 'usd',
        destination: account.id,
        source_transaction: String(intent.latest_charge),
      });
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, one));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await failureOf(one())).toMatchObject({ statusCode: 400, param: 'amount' });
  });

  it('are refused without funds, without capability, in another currency and to nobody', async () => {
    const world = await startWorld();
    const { stripe } = world;
    const account = await readyAccount(world);
    const intent = await paid(world, 10_000, 'eur');
    const base = { amount: 100, currency: 'usd', destination: account.id };
    expect(await failureOf(stripe.transfers.create(base))).toMatchObject({ code: 'balance_insufficient' });
    const foreign = stripe.transfers.create({ ...base, source_transaction: String(intent.latest_charge) });
    expect(await failureOf(foreign)).toMatchObject({ param: 'currency' });
    const nobody = stripe.transfers.create({ ...base, destination: 'acct_nobody' });
    expect(await failureOf(nobody)).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'destination',
    });
    const fresh = await stripe.accounts.create({
      country: 'DE',
      capabilities: { transfers: { requested: true } },
    });
    const early = stripe.transfers.create({
      ...base,
      currency: 'eur',
      destination: fresh.id,
      source_transaction: String(intent.latest_charge),
    });
    expect(await failureOf(early)).toMatchObject({ code: 'insufficient_capabilities_for_transfer' });
    await paid(world, 5000, 'usd', 'pm_card_bypassPending');
    await world.sandbox.control.settled();
    expect(await stripe.transfers.create(base)).toMatchObject({
      source_transaction: null,
      transfer_group: null,
    });
  });
});
