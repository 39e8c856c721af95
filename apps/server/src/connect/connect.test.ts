import { payouts } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MoneyWorld, onboard, problemOf, startMoneyWorld } from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { subscribedEvents } from '../webhooks/webhooks.ts';
import { refreshAccount } from './connect.ts';

let world: MoneyWorld;
let contractor: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  contractor = await createPerson(world, { role: 'contractor' });
});

type ConnectBody = { country?: string; returnUrl?: string; refreshUrl?: string };
const connect = (body: ConnectBody = {}, person = contractor) =>
  person.client.call(payouts.connect, { body });
const accountsOf = async (person: Person) => {
  const found = [];
  for await (const account of world.ctx.stripe.accounts.list({ limit: 100 }))
    if (account.metadata?.user_id === person.id) found.push(account);
  return found;
};

describe('connect', () => {
  test('makes one account with manual payouts, and a link that is good for minutes', async () => {
    const answer = await connect({ country: 'DE', returnUrl: 'https://app.example/back' });
    expect(answer.account).toMatchObject({
      state: 'onboarding',
      transfersActive: false,
      payoutsEnabled: false,
      requirementsDue: expect.arrayContaining(['external_account']),
    });
    const left = Date.parse(answer.expiresAt!) - world.ctx.clock.now().getTime();
    expect(left).toBeGreaterThan(60_000);
    expect(answer.url).toMatch(/^http/);
    const [account, ...others] = await accountsOf(contractor);
    expect(others).toEqual([]);
    expect(account).toMatchObject({ id: answer.account.stripeAccountId, country: 'DE' });
    expect(account!.settings?.payouts?.schedule.interval).toBe('manual');
  });

  test('resumes: six at once and one later make one account, each with a fresh link', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => connect()));
    answers.push(await connect());
    expect(new Set(answers.map((one) => one.account.stripeAccountId)).size).toBe(1);
    expect(new Set(answers.map((one) => one.url)).size).toBe(7);
    expect(await accountsOf(contractor)).toHaveLength(1);
  });

  test('leads to the dashboard once nothing is missing', async () => {
    await onboard(world, contractor);
    const answer = await connect();
    expect(answer).toMatchObject({ account: { state: 'ready', requirementsDue: [] }, expiresAt: null });
  });

  test('leads back to onboarding when Stripe wants more', async () => {
    const id = await onboard(world, contractor);
    await world.sandbox.control.changeAccount(id, 'restricted');
    const answer = await connect();
    expect(answer.account).toMatchObject({
      state: 'restricted',
      transfersActive: false,
      requirementsDue: ['individual.verification.document'],
    });
    expect(answer.expiresAt).not.toBeNull();
    await world.sandbox.control.completeOnboarding(id);
    await world.settle();
    expect((await connect()).account.state).toBe('ready');
  });

  test('of a rejected account says why', async () => {
    const id = await onboard(world, contractor);
    await world.sandbox.control.changeAccount(id, 'rejected');
    expect((await connect()).account).toMatchObject({
      state: 'restricted',
      disabledReason: 'rejected.other',
    });
  });

  test('gives an onboarding link when Stripe refuses the dashboard', async () => {
    await onboard(world, contractor);
    const { accounts } = world.ctx.stripe;
    const original = accounts.createLoginLink;
    // Stripe refuses for reasons of its own; any refused request of the sandbox stands for that.
    accounts.createLoginLink = () => accounts.retrieve('acct_nobody') as never;
    try {
      expect((await connect()).expiresAt).not.toBeNull();
    } finally {
      accounts.createLoginLink = original;
    }
  });

  test('names the country that Stripe does not serve, and takes another one afterwards', async () => {
    const problem = await problemOf(connect({ country: 'KP' }));
    expect(problem).toMatchObject({ status: 400, errors: [{ path: 'body.country' }] });
    const answer = await connect({ country: 'AT' });
    expect(answer.account.state).toBe('onboarding');
    expect((await accountsOf(contractor)).map((one) => one.country)).toEqual(['AT']);
    // From here on the country is settled.
    expect((await connect({ country: 'DE' })).account.stripeAccountId).toBe(answer.account.stripeAccountId);
    expect((await accountsOf(contractor)).map((one) => one.country)).toEqual(['AT']);
  });

  test('names what is wrong with its body', async () => {
    for (const [body, path] of [
      [{ country: 'at' }, 'body.country'],
      [{ country: 'Austria' }, 'body.country'],
      [{ returnUrl: 'app://back' }, 'body.returnUrl'],
      [{ refreshUrl: `https://${'x'.repeat(2000)}.example` }, 'body.refreshUrl'],
      [{ account: 'acct_1' }, 'body.account'],
    ] as [ConnectBody, string][]) {
      const problem = await problemOf(connect(body));
      expect(problem).toMatchObject({ status: 400, code: 'validation_failed' });
      expect(problem.errors!.map((one) => one.path)).toEqual([path]);
    }
    expect(await accountsOf(contractor)).toEqual([]);
  });

  test('is for contractors', async () => {
    expect((await problemOf(world.client.call(payouts.connect, { body: {} }))).status).toBe(401);
    for (const role of ['customer', 'admin'] as const)
      expect((await problemOf(connect({}, await createPerson(world, { role })))).status).toBe(403);
  });
});

describe('what we know of an account', () => {
  const state = async () => (await contractor.client.call(payouts.balance)).account.state;

  test('is never overwritten by an answer to an older question', async () => {
    const id = await onboard(world, contractor);
    const { accounts } = world.ctx.stripe;
    const original = accounts.retrieve;
    let answer = () => {};
    const delayed = new Promise<void>((done) => {
      answer = done;
    });
    await world.sandbox.control.changeAccount(id, 'restricted');
    // The first reading sees the restriction, and its answer comes after the second one's.
    accounts.retrieve = (async (...parameters: [string]) => {
      accounts.retrieve = original;
      const read = await original.apply(accounts, parameters);
      await delayed;
      return read;
    }) as never;
    const first = refreshAccount(world.ctx, id);
    await expect.poll(() => accounts.retrieve === original).toBe(true);
    await world.sandbox.control.completeOnboarding(id);
    await refreshAccount(world.ctx, id);
    answer();
    expect((await first)!.transfers_active).toBe(true);
    expect(await state()).toBe('ready');
    await world.settle();
  });

  test('ends with the account: deleted at Stripe it is closed, and connect makes another one', async () => {
    const id = await onboard(world, contractor);
    await world.ctx.stripe.accounts.del(id);
    const row = await refreshAccount(world.ctx, id);
    expect(row).toMatchObject({ transfers_active: false, payouts_enabled: false });
    expect(await state()).toBe('closed');
    const withdrawal = contractor.client.call(payouts.withdraw, {
      body: { currency: 'eur' },
      idempotencyKey: 'closed',
    });
    expect(await problemOf(withdrawal)).toMatchObject({
      code: 'onboarding_required',
      detail: expect.stringContaining('closed or disconnected'),
    });
    const { account } = await connect();
    expect(account.state).toBe('onboarding');
    expect(account.stripeAccountId).not.toBe(id);
  });
});

test('the events we subscribe to are events that Stripe has', async () => {
  const subscribe = (enabled: string[]) =>
    world.ctx.stripe.webhookEndpoints.create({
      url: 'https://holdfast.example/api/webhooks/stripe',
      enabled_events: enabled as [],
    });
  const endpoint = await subscribe(subscribedEvents);
  expect([...endpoint.enabled_events].sort()).toEqual([...subscribedEvents].sort());
  await expect(subscribe(['transfer.succeeded'])).rejects.toThrow();
});
