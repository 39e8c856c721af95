import { adminMoney, admin as api, jobs } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { activeBooking, postJob, refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs } from '../clock.ts';
import { newId } from '../ids.ts';
import { enqueue } from '../outbox/enqueue.ts';

let world: World;
let admin: Person;
let customer: Person;
let contractor: Person;
beforeAll(async () => {
  world = await startWorld();
  admin = await createPerson(world, { role: 'admin' });
  customer = await createPerson(world, { role: 'customer', name: 'Cora' });
  contractor = await createPerson(world, { role: 'contractor', name: 'Carl' });
});
beforeEach(() => forgetRateLimits(world));
afterAll(() => world.stop());

const day = () => world.clock.now().toISOString().slice(0, 10);

test('jobs in any status are found by title, id, status, category, person and day, without the address', async () => {
  const open = await postJob(customer, { title: 'Mend a 5% leak', category: 'plumbing' });
  const gone = await postJob(customer, { title: 'Cut a hedge', category: 'gardening' });
  await customer.client.call(jobs.cancel, { params: { id: gone.id } });
  const booking = await activeBooking(world, customer, contractor);
  const found = async (query: Record<string, string>) =>
    (await admin.client.call(api.listJobs, { query })).items.map((job) => job.id);
  expect(await found({ q: '5% LEAK' })).toEqual([open.id]);
  expect(await found({ q: gone.id })).toEqual([gone.id]);
  expect(await found({ status: 'cancelled' })).toEqual([gone.id]);
  expect(await found({ category: 'plumbing' })).toEqual([open.id]);
  expect(await found({ contractorId: contractor.id })).toEqual([booking.job.id]);
  expect(await found({ customerId: customer.id, from: day(), to: day() })).toHaveLength(3);
  const tomorrow = new Date(world.clock.now().getTime() + dayMs).toISOString().slice(0, 10);
  expect(await found({ from: tomorrow })).toEqual([]);
  const { items } = await admin.client.call(api.listJobs, { query: { q: booking.job.id } });
  expect(items[0]).toMatchObject({ bookedContractor: { name: 'Carl' }, customer: { name: 'Cora' } });
  expect(JSON.stringify(items)).not.toContain('Neubaugasse');
  expect(await refusal(admin.client.call(api.listJobs, { query: { to: '2026-02-30' } }))).toBe(
    'validation_failed',
  );
  const page = await admin.client.call(api.listJobs, { query: { limit: '1' } });
  expect(page.nextCursor).not.toBeNull();
});

test('payments are found by status, people, job, intent and day', async () => {
  const booking = await activeBooking(world, customer, contractor);
  const other = await activeBooking(world, await createPerson(world, { role: 'customer' }), contractor);
  const search = (query: Record<string, string>) => admin.client.call(api.listPayments, { query });
  const bookings = async (query: Record<string, string>) =>
    (await search(query)).items.map((payment) => payment.bookingId);
  const { items } = await search({ jobId: booking.job.id });
  expect(items[0]).toMatchObject({
    bookingId: booking.id,
    job: { title: 'Repaint a kitchen' },
    customer: { name: 'Cora' },
    contractor: { name: 'Carl' },
    commissionBasisPoints: 1000,
    stripeFee: null,
    status: 'held',
  });
  expect(await bookings({ stripePaymentId: items[0]!.stripePaymentId! })).toEqual([booking.id]);
  expect(
    await bookings({ customerId: other.customer.id, contractorId: contractor.id, status: 'held' }),
  ).toEqual([other.id]);
  expect(await bookings({ jobId: booking.job.id, from: day() })).toEqual([booking.id]);
  expect(await bookings({ status: 'refunded' })).toEqual([]);
  expect(await refusal(search({ stripePaymentId: 'ch_1' }))).toBe('validation_failed');
  const first = await search({ contractorId: contractor.id, limit: '1' });
  const second = await search({ contractorId: contractor.id, limit: '1', cursor: first.nextCursor! });
  expect(second.items[0]!.id).not.toBe(first.items[0]!.id);
});

test('frozen payments are found, with who freezes them, why and since when, and with their refunds', async () => {
  const someone = await createPerson(world, { role: 'customer' });
  const frozen = await activeBooking(world, someone, contractor);
  const free = await activeBooking(world, someone, contractor);
  const search = async (query: Record<string, string>) =>
    (await admin.client.call(api.listPayments, { query: { customerId: someone.id, ...query } })).items;
  const payment = (await search({ jobId: frozen.job.id }))[0]!;
  expect(payment).toMatchObject({ freezes: [], refundIds: [] });
  const params = { id: payment.id };
  for (const reason of ['An older reason.', 'The card may be stolen.']) {
    await admin.client.call(adminMoney.freezePayment, { params, body: { reason } });
    if (reason.startsWith('An older'))
      await admin.client.call(adminMoney.unfreezePayment, { params, body: { reason: 'Looked into.' } });
  }
  await sql`insert into payment_freezes values
    ('frz_1', ${payment.id}, 'fraud_warning', 'issfr_1', 'made_with_stolen_card', '2026-01-01', null)`.execute(
    world.ctx.db,
  );
  const refundIds = [newId('rfd'), newId('rfd')];
  for (const [index, id] of refundIds.entries()) {
    const day = `2027-03-0${2 + index}`;
    await sql`insert into refunds (id, payment_id, amount_minor, currency, cause, status, requested_at, read_at, updated_at)
      values (${id}, ${payment.id}, 100, 'eur', 'admin', 'requested', ${day}, ${day}, ${day})`.execute(
      world.ctx.db,
    );
  }

  const found = await search({ isFrozen: 'true' });
  expect(found.map((one) => one.bookingId)).toEqual([frozen.id]);
  expect(found[0]!.freezes).toEqual([
    {
      cause: 'fraud_warning',
      subject: 'issfr_1',
      reason: 'made_with_stolen_card',
      since: '2026-01-01T00:00:00.000Z',
    },
    {
      cause: 'admin',
      subject: payment.id,
      reason: 'The card may be stolen.',
      since: world.clock.now().toISOString(),
    },
  ]);
  expect(found[0]!.refundIds).toEqual(refundIds);
  const { items } = await admin.client.call(adminMoney.listRefunds, { query: { paymentId: payment.id } });
  expect(items.map((refund) => refund.id)).toEqual(refundIds.toReversed());
  expect((await search({ isFrozen: 'false' })).map((one) => one.bookingId)).toEqual([free.id]);
  expect(await search({})).toHaveLength(2);
});

/** A task that has failed as often as it may. */
async function giveUp(paymentId: string): Promise<string> {
  await enqueue(world.ctx.db, 'payments.release', { paymentId });
  const { rows } = await sql<{ id: number }>`
    update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'no answer from bank'
    where payload ->> 'paymentId' = ${paymentId} returning id`.execute(world.ctx.db);
  return String(rows[0]!.id);
}

const retry = (id: string) => admin.client.call(api.retryTask, { params: { id } });

test('tasks that gave up are listed with what they name, and none that is still tried', async () => {
  await enqueue(world.ctx.db, 'payments.release', { paymentId: 'pay_waiting' });
  const ids = [];
  for (const paymentId of ['pay_a', 'pay_b', 'pay_c']) ids.push(await giveUp(paymentId));
  const first = await admin.client.call(api.listFailedTasks, { query: { limit: '2' } });
  const second = await admin.client.call(api.listFailedTasks, { query: { cursor: first.nextCursor! } });
  expect([...first.items, ...second.items].map((task) => task.id)).toEqual(ids.toReversed());
  expect(second.items[0]).toMatchObject({
    task: 'payments.release',
    names: { paymentId: 'pay_a' },
    attempts: 25,
    lastError: 'no answer from bank',
  });
});

test('an address in a payload is not shown', async () => {
  await enqueue(world.ctx.db, 'accounts.send-notice', {
    userId: customer.id,
    notice: 'email-changed',
    to: 'old@example.org',
  });
  await sql`update graphile_worker._private_jobs set attempts = max_attempts
    where payload ->> 'to' = 'old@example.org'`.execute(world.ctx.db);
  const { items } = await admin.client.call(api.listFailedTasks);
  expect(items[0]!.names).toEqual({ userId: customer.id });
});

test('retrying gives a task all its attempts again, is recorded, and two at once are one', async () => {
  for (let round = 0; round < 10; round += 1) {
    const id = await giveUp(`pay_race${round}`);
    const answers = await Promise.all([retry(id), retry(id)].map(refusal));
    expect(answers.toSorted()).toEqual(['no error', 'not_found']);
  }
  const id = await giveUp('pay_again');
  expect(await retry(id)).toMatchObject({ id, attempts: 0 });
  const { rows } = await sql<{ attempts: number; is_due: boolean }>`
    select attempts, is_available and run_at <= now() as is_due from graphile_worker._private_jobs
    where id = ${id}::bigint`.execute(world.ctx.db);
  expect(rows[0]).toEqual({ attempts: 0, is_due: true });
  const { items } = await admin.client.call(api.listActions, { query: { subject: `task_${id}` } });
  expect(items[0]).toMatchObject({
    action: 'outbox.retry',
    details: { task: 'payments.release', paymentId: 'pay_again' },
  });
  expect(await refusal(retry(id))).toBe('not_found');
  expect(await refusal(retry('999999999999999'))).toBe('not_found');
  expect(await refusal(retry('1x'))).toBe('validation_failed');
});
