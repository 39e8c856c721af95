import { describe, expect, it } from 'vitest';
import { failureOf, paid, startWorld } from './harness.ts';

describe('lists', () => {
  it('go through pages both ways, newest first', async () => {
    const { stripe } = await startWorld();
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1)
      ids.unshift((await stripe.customers.create({ name: `c${index}` })).id);
    const first = await stripe.customers.list({ limit: 3 });
    expect(first).toMatchObject({ has_more: true, url: '/v1/customers' });
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    const second = await stripe.customers.list({ limit: 3, starting_after: ids[2] ?? '' });
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(3, 6));
    const back = await stripe.customers.list({ limit: 2, ending_before: ids[3] ?? '' });
    expect(back.data.map(({ id }) => id)).toEqual(ids.slice(1, 3));
    const all: string[] = [];
    for await (const { id } of stripe.customers.list({ limit: 2 })) all.push(id);
    expect(all).toEqual(ids);
    expect(await failureOf(stripe.customers.list({ limit: 101 }))).toMatchObject({ param: 'limit' });
    expect(await failureOf(stripe.customers.list({ starting_after: 'cus_x' }))).toMatchObject({
      param: 'starting_after',
    });
  });

  it('filter by what the API description names', async () => {
    const world = await startWorld();
    const { stripe } = world;
    const customer = await stripe.customers.create({ email: 'a@example.com' });
    await stripe.customers.create({ email: 'b@example.com' });
    await stripe.paymentIntents.create({ amount: 100, currency: 'usd', customer: customer.id });
    await paid(world);
    await world.sandbox.control.settled();
    expect((await stripe.customers.list({ email: 'a@example.com' })).data).toHaveLength(1);
    expect((await stripe.paymentIntents.list({ customer: customer.id })).data).toHaveLength(1);
    expect((await stripe.balanceTransactions.list({ type: 'charge' })).data).toHaveLength(1);
    expect((await stripe.balanceTransactions.list({ type: 'payout' })).data).toHaveLength(0);
    expect((await stripe.events.list({ type: 'charge.*' })).data.length).toBe(2);
    expect((await stripe.events.list({ types: ['customer.created'] })).data).toHaveLength(2);
    const now = Math.floor(Date.now() / 1000);
    expect((await stripe.customers.list({ created: { gte: now - 60 } })).data).toHaveLength(2);
    expect((await stripe.customers.list({ created: { lt: now - 60 } })).data).toHaveLength(0);
  });
});

describe('expansion', () => {
  it('goes four levels deep and refuses what cannot be expanded', async () => {
    const world = await startWorld();
    const { stripe } = world;
    await paid(world);
    await world.sandbox.control.settled();
    const listed = await stripe.paymentIntents.list({
      expand: ['data.latest_charge.balance_transaction.source'],
    });
    const charge = listed.data[0]?.latest_charge;
    expect(charge).toMatchObject({ balance_transaction: { source: { object: 'charge' } } });
    for (const expand of [['amount'], ['nonsense'], ['latest_charge'], ['data.amount'], ['data.a.b.c.d']]) {
      expect(await failureOf(stripe.paymentIntents.list({ expand }))).toMatchObject({ statusCode: 400 });
    }
    const expanded = await stripe.charges.list({
      expand: ['data.refunds', 'data.payment_intent.payment_method'],
    });
    expect(expanded.data[0]).toMatchObject({
      refunds: { data: [] },
      payment_intent: { payment_method: { object: 'payment_method' } },
    });
  });
});
