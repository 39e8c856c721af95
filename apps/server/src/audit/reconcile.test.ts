import { payouts, reconciliations } from '@holdfast/contract';
import { sql } from 'kysely';
import { beforeEach, expect, test, vi } from 'vitest';
import {
  createPair,
  earn,
  type MoneyWorld,
  type Pair,
  problemOf,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { dayMs, hourMs, minuteMs } from '../clock.ts';
import { claimReconciliation, reconcile } from './audit.ts';
import { alone } from './own-connection.ts';

let world: MoneyWorld;
let admin: Person;
beforeEach(async () => {
  world = await startMoneyWorld({ reconcilesByClock: true, config: { logLevel: 'silent' } });
  admin = await createPerson(world, { role: 'admin' });
  return () => world.stop();
});

const all = async () => (await admin.client.call(reconciliations.list, { query: {} })).items;
const newest = async () => {
  const [first] = await all();
  return admin.client.call(reconciliations.get, { params: { id: first!.id } });
};

/** One hour later, with the reconciliation that comes then. */
async function hourLater() {
  await world.advance(hourMs);
  return newest();
}

async function transferBehindOurBack(pair: Pair): Promise<string> {
  const { account } = await pair.contractor.client.call(payouts.balance);
  const destination = account.stripeAccountId!;
  return (await world.ctx.stripe.transfers.create({ amount: 5, currency: 'eur', destination })).id;
}

test('nothing is compared before anything was asked of Stripe, and then every hour', async () => {
  await world.advance(2 * hourMs);
  expect(await all()).toEqual([]);
  await earn(world, await createPair(world));
  await world.advance(minuteMs);
  expect(await all()).toMatchObject([{ status: 'complete', findings: 0, unconfirmed: 0, requestedBy: null }]);
  await world.advance(58 * minuteMs);
  expect(await all()).toHaveLength(1);
  await world.advance(2 * minuteMs);
  expect(await all()).toHaveLength(2);
});

test('any number of processes begin one', async () => {
  await earn(world, await createPair(world));
  await Promise.all(Array.from({ length: 8 }, () => claimReconciliation(world.ctx)));
  await world.settle();
  expect(await all()).toHaveLength(1);
});

test('two at a time are refused, and the outbox tries again', async () => {
  await earn(world, await createPair(world));
  await alone(world.ctx, async () => {
    await expect(alone(world.ctx, async () => undefined, 50)).rejects.toThrow('lock timeout');
    await world.advance(minuteMs);
    expect(await all()).toMatchObject([{ status: 'waiting' }]);
  });
  await world.retryTasks();
  expect(await all()).toMatchObject([{ status: 'complete' }]);
});

test('a difference is a finding when it has lasted, is logged without a name, and ends with what corrects it', async () => {
  const pair = await createPair(world);
  await earn(world, pair);
  await hourLater();
  const error = vi.spyOn(world.ctx.log, 'error');
  const lost = 'tr_nowhere';
  const { rows } = await sql<{ id: string }>`
    update payments set stripe_transfer_id = ${lost} from payments as old where old.id = payments.id
    returning old.stripe_transfer_id as id`.execute(world.ctx.db);
  const young = await hourLater();
  expect(young).toMatchObject({ status: 'complete', findings: 0 });
  expect(young.unconfirmed).toBeGreaterThan(0);
  expect(young.differences.every(({ isFinding }) => !isFinding)).toBe(true);
  expect(error).not.toHaveBeenCalled();
  const old = await hourLater();
  expect(old).toMatchObject({ status: 'complete', unconfirmed: 0, findings: young.unconfirmed });
  expect(old.differences).toContainEqual({
    check: 'every release, and what a chargeback gave back, is exactly one transfer at Stripe, and back',
    subject: lost,
    detail: expect.stringContaining(lost),
    firstSeenAt: young.startedAt,
    isFinding: true,
  });
  expect(error).toHaveBeenCalledWith(
    { reconciliationId: old.id, findings: old.findings, isComplete: true },
    'the ledger, our rows and Stripe differ',
  );
  await sql`update payments set stripe_transfer_id = ${rows[0]!.id}`.execute(world.ctx.db);
  expect(await hourLater()).toMatchObject({ status: 'complete', findings: 0, unconfirmed: 0 });
});

test('what nobody corrects is still a finding when it is older than the window', async () => {
  const pair = await createPair(world);
  await earn(world, pair);
  const id = await transferBehindOurBack(pair);
  await hourLater();
  for (let day = 0; day < 12; day += 3) await world.advance(3 * dayMs);
  const { differences } = await newest();
  expect(differences).toContainEqual(expect.objectContaining({ subject: id, isFinding: true }));
});

test('what could not be read again is not taken for settled', async () => {
  const pair = await createPair(world);
  await earn(world, pair);
  const id = await transferBehindOurBack(pair);
  await hourLater();
  expect((await hourLater()).findings).toBeGreaterThan(0);
  await world.sandbox.control.injectFault({
    method: 'GET',
    path: '/v1/balance_transactions',
    times: 12,
    kind: '429',
    when: 'before',
  });
  await world.sandbox.clock.advance(hourMs);
  await claimReconciliation(world.ctx);
  const { id: reconciliationId } = await newest();
  await reconcile(world.ctx, { reconciliationId }, { retryDelaysMs: [1, 1, 1] });
  const blind = await newest();
  expect(blind.status).toBe('incomplete');
  expect(blind.checks.filter(({ incomplete }) => incomplete !== null).length).toBeGreaterThan(0);
  expect(blind.differences).toContainEqual(expect.objectContaining({ subject: id, isFinding: true }));
});

test('what is in motion settles before it is a finding, though its webhooks are lost', async () => {
  const pair = await createPair(world);
  await earn(world, pair);
  await world.advance(2 * hourMs);
  await pair.contractor.client.call(payouts.withdraw, { body: { currency: 'eur' }, idempotencyKey: 'w' });
  await world.settle();
  await world.sandbox.control.holdWebhooks();
  for (let hour = 0; hour < 72; hour += 6) {
    await world.sandbox.clock.advance(5 * hourMs);
    const row = await hourLater();
    expect([row.findings, row.differences.filter(({ isFinding }) => isFinding)]).toEqual([0, []]);
  }
});

test('a reconciliation that was cut off is done again, one that has finished is not', async () => {
  await earn(world, await createPair(world));
  const { id } = await hourLater();
  const row = () =>
    world.ctx.db.selectFrom('reconciliations').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const before = await row();
  await world.sandbox.clock.advance(minuteMs);
  await reconcile(world.ctx, { reconciliationId: id });
  expect(await row()).toEqual(before);
  await sql`update reconciliations set finished_at = null`.execute(world.ctx.db);
  await reconcile(world.ctx, { reconciliationId: id });
  expect((await row()).finished_at).not.toBeNull();
});

test('old reconciliations are forgotten after 90 days', async () => {
  await earn(world, await createPair(world));
  const { id } = await hourLater();
  await world.sandbox.clock.advance(91 * dayMs);
  expect((await hourLater()).id).not.toBe(id);
  expect(await all()).toHaveLength(1);
});

test('an admin can start one at any time, which is on the record; nobody else can, and nobody without end', async () => {
  await earn(world, await createPair(world));
  const first = await admin.client.call(reconciliations.start, {});
  expect(first).toMatchObject({ status: 'waiting', requestedBy: admin.id, findings: null });
  // The one that is under way is answered, not another begun.
  expect((await admin.client.call(reconciliations.start, {})).id).toBe(first.id);
  await world.settle();
  expect(await newest()).toMatchObject({ id: first.id, status: 'complete', findings: 0 });
  expect((await newest()).checks.length).toBeGreaterThan(10);
  const { rows } = await sql`select action, subject from admin_actions`.execute(world.ctx.db);
  expect(rows).toContainEqual({ action: 'reconciliation.start', subject: first.id });
  for (let start = 0; start < 4; start += 1) await admin.client.call(reconciliations.start, {});
  expect((await problemOf(admin.client.call(reconciliations.start, {}))).code).toBe('rate_limited');
  await forgetRateLimits(world);
  const customer = await createPerson(world, { role: 'customer' });
  for (const call of [
    () => customer.client.call(reconciliations.list, { query: {} }),
    () => customer.client.call(reconciliations.get, { params: { id: first.id } }),
    () => customer.client.call(reconciliations.start, {}),
  ])
    expect((await problemOf(call())).code).toBe('forbidden');
});

test('the list is paged, newest first', async () => {
  await earn(world, await createPair(world));
  for (let hour = 0; hour < 3; hour += 1) await world.advance(hourMs);
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query = { limit: '1', ...(cursor === null ? {} : { cursor }) };
    const page: Awaited<ReturnType<typeof list>> = await list(query);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(ids).toEqual((await all()).map(({ id }) => id));
  expect(ids).toHaveLength(3);
});

const list = (query: { limit: string; cursor?: string }) =>
  admin.client.call(reconciliations.list, { query });
