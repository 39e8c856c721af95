import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { dayMs, failureOf, paid, readyAccount, startReceiver, startWorld, type World } from './harness.ts';

type Own = { stripeAccount: string };

async function scheduled(
  world: World,
  schedule: Stripe.BalanceSettingsUpdateParams.Payments.Payouts.Schedule,
  bank?: string,
): Promise<Own> {
  const own = { stripeAccount: (await readyAccount(world, bank)).id };
  await world.stripe.balanceSettings.update({ payments: { payouts: { schedule } } }, own);
  return own;
}

async function send(world: World, own: Own, amount: number, card = 'pm_card_visa'): Promise<void> {
  const intent = await paid(world, 10_000, 'usd', card);
  await world.stripe.transfers.create({
    amount,
    currency: 'usd',
    destination: own.stripeAccount,
    source_transaction: String(intent.latest_charge),
  });
}

async function payoutsOf(world: World, own: Own): Promise<Stripe.Payout[]> {
  return (await world.stripe.payouts.list({}, own)).data;
}

async function toMidnight(world: World): Promise<void> {
  const now = world.sandbox.clock.now().getTime();
  await world.sandbox.clock.set(new Date(Math.ceil((now + 1) / dayMs) * dayMs + 1000));
}

/** The days of the payouts made while so many days pass. */
async function payoutDays(world: World, own: Own, days: number): Promise<Date[]> {
  for (let day = 0; day < days; day += 1) {
    await send(world, own, 100, 'pm_card_bypassPending');
    await toMidnight(world);
  }
  const payouts = (await world.stripe.payouts.list({ limit: 100 }, own)).data;
  return payouts.map(({ created }) => new Date(created * 1000));
}

describe('a payout schedule', () => {
  it('pays out every day what is available and old enough, and lists what that was', async () => {
    const world = await startWorld();
    const receiver = await startReceiver();
    await world.sandbox.ensureWebhookEndpoint({ url: receiver.url, connect: true, enabledEvents: ['*'] });
    const own = await scheduled(world, { interval: 'daily' });
    await send(world, own, 9000);
    await send(world, own, 500);
    receiver.received.length = 0;
    await toMidnight(world);
    expect(await payoutsOf(world, own)).toEqual([]);
    await toMidnight(world);
    await toMidnight(world);
    const [payout, ...others] = await payoutsOf(world, own);
    expect(others).toEqual([]);
    expect(payout).toMatchObject({ amount: 9500, automatic: true, reconciliation_status: 'completed' });
    const lines = await world.stripe.balanceTransactions.list({ payout: payout?.id ?? '' }, own);
    expect(lines.data.map(({ type, net }) => `${type} ${net}`).sort()).toEqual([
      'payment 500',
      'payment 9000',
      'payout -9500',
    ]);
    await world.sandbox.clock.advance(2 * dayMs);
    const types = receiver.types().filter((type) => type.startsWith('payout.'));
    expect(types).toEqual([
      'payout.created',
      'payout.reconciliation_completed',
      'payout.updated',
      'payout.paid',
    ]);
    expect((await world.stripe.balance.retrieve({}, own)).available[0]?.amount).toBe(0);
  });

  it('keeps to its days of the week and of the month', async () => {
    const world = await startWorld();
    const weekly = await scheduled(world, { interval: 'weekly', weekly_payout_days: ['tuesday', 'friday'] });
    const monthly = await scheduled(world, { interval: 'monthly', monthly_payout_days: [1, 31] });
    for (const own of [weekly, monthly]) {
      const timing = { settlement_timing: { delay_days_override: 0 } };
      await world.stripe.balanceSettings.update({ payments: timing }, own);
    }
    const days = await payoutDays(world, weekly, 15);
    expect(days.length).toBeGreaterThanOrEqual(4);
    expect(days.every((date) => [2, 5].includes(date.getUTCDay()))).toBe(true);
    const dates = await payoutDays(world, monthly, 32);
    expect(dates.length).toBeGreaterThanOrEqual(2);
    const isLast = (date: Date): boolean => new Date(date.getTime() + dayMs).getUTCDate() === 1;
    expect(dates.every((date) => date.getUTCDate() === 1 || isLast(date))).toBe(true);
  });

  it('stops at a bank account that refused, and goes on with another', async () => {
    const world = await startWorld();
    const own = await scheduled(world, { interval: 'daily' }, '000111111113');
    await send(world, own, 5000);
    await world.sandbox.clock.advance(6 * dayMs);
    expect((await payoutsOf(world, own)).map(({ status }) => status)).toEqual(['failed']);
    await world.sandbox.clock.advance(5 * dayMs);
    expect(await payoutsOf(world, own)).toHaveLength(1);
    await world.stripe.accounts.createExternalAccount(own.stripeAccount, {
      external_account: 'btok_us_verified',
      default_for_currency: true,
    });
    await world.sandbox.clock.advance(4 * dayMs);
    expect((await payoutsOf(world, own)).map(({ status }) => status)).toEqual(['paid', 'failed']);
  });

  it('is not run for an account that may not be paid out, and leaves the minimum balance', async () => {
    const world = await startWorld();
    const own = await scheduled(world, { interval: 'daily' });
    await send(world, own, 5000);
    await world.sandbox.control.changeAccount(own.stripeAccount, 'restricted');
    await world.sandbox.clock.advance(4 * dayMs);
    expect(await payoutsOf(world, own)).toEqual([]);
    const payouts = { minimum_balance_by_currency: { usd: 1200 } };
    await world.stripe.balanceSettings.update({ payments: { payouts } }, own);
    await world.sandbox.control.changeAccount(own.stripeAccount, 'complete');
    await toMidnight(world);
    expect(await payoutsOf(world, own)).toMatchObject([{ amount: 3800 }]);
  });

  it('never drains the platform unless it is asked to', async () => {
    const world = await startWorld();
    await paid(world);
    await world.sandbox.clock.advance(5 * dayMs);
    expect((await world.stripe.payouts.list()).data).toEqual([]);
    expect((await world.stripe.balanceSettings.retrieve()).payments.payouts?.schedule?.interval).toBe(
      'manual',
    );
  });
});

describe('balance settings', () => {
  it('are those of the account, and tell of changes', async () => {
    const world = await startWorld();
    const own = await scheduled(world, { interval: 'weekly', weekly_payout_days: ['monday'] });
    const settings = await world.stripe.balanceSettings.update(
      {
        payments: {
          debit_negative_balances: false,
          payouts: { statement_descriptor: 'WAGES' },
          settlement_timing: { delay_days_override: 5 },
        },
      },
      own,
    );
    expect(settings.payments).toMatchObject({
      debit_negative_balances: false,
      payouts: {
        schedule: { interval: 'weekly', weekly_payout_days: ['monday'] },
        statement_descriptor: 'WAGES',
        status: 'enabled',
      },
      settlement_timing: { delay_days: 5, delay_days_override: 5 },
    });
    const account = await world.stripe.accounts.retrieve(own.stripeAccount);
    expect(account.settings?.payouts?.schedule).toMatchObject({ interval: 'weekly' });
    const events = await world.stripe.events.list({ type: 'balance_settings.updated' }, own);
    expect(events.data).toHaveLength(2);
    const sunday = { schedule: { interval: 'weekly' as const, weekly_payout_days: ['sunday' as 'monday'] } };
    const wrong = world.stripe.balanceSettings.update({ payments: { payouts: sunday } }, own);
    expect(await failureOf(wrong)).toMatchObject({ statusCode: 400 });
  });
});

describe('a payout that is reversed', () => {
  it('comes back from the bank by a payout of its own, once', async () => {
    const world = await startWorld();
    const own = { stripeAccount: (await readyAccount(world)).id };
    await send(world, own, 5000, 'pm_card_bypassPending');
    const payout = await world.stripe.payouts.create({ amount: 4000, currency: 'usd' }, own);
    expect(await failureOf(world.stripe.payouts.reverse(payout.id, {}, own))).toMatchObject({
      statusCode: 400,
    });
    await world.sandbox.clock.advance(3 * dayMs);
    const reversal = await world.stripe.payouts.reverse(payout.id, {}, own);
    expect(reversal).toMatchObject({ amount: -4000, original_payout: payout.id });
    await world.sandbox.clock.advance(3 * dayMs);
    expect((await world.stripe.payouts.retrieve(reversal.id, {}, own)).status).toBe('paid');
    expect((await world.stripe.payouts.retrieve(payout.id, {}, own)).reversed_by).toBe(reversal.id);
    expect((await world.stripe.balance.retrieve({}, own)).available[0]?.amount).toBe(5000);
    await failureOf(world.stripe.payouts.reverse(payout.id, {}, own));
    await expect(world.sandbox.control.failPayout(payout.id)).rejects.toThrow();
  });
});
