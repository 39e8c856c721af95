import { bookings, disputes } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openCase, say } from '../../test/disputed.ts';
import { refusal } from '../../test/jobs.ts';
import {
  createPair,
  type MoneyWorld,
  type Pair,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { dayMs, hourMs } from '../clock.ts';
import { inTransaction } from '../db/transaction.ts';
import { freezePayment, liftFreeze, lockPayment } from '../payments/payments.ts';
import { disputeSweeps } from './disputes.ts';

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
let logged: unknown[];
beforeAll(async () => {
  world = await startMoneyWorld();
  grace = await createPerson(world, { role: 'admin' });
  for (const level of ['warn', 'error'] as const)
    world.ctx.log[level] = (...line: unknown[]) => {
      logged.push(line);
    };
});
afterAll(() => world.stop());
beforeEach(async () => {
  logged = [];
  await forgetRateLimits(world);
  pair = await createPair(world);
});

const stateOf = async (id: string) => (await grace.client.call(disputes.getFile, { params: { id } })).dispute;
const statusOf = async (paymentId: string) => (await readPayment(pair, paymentId)).status;

const freeze = (paymentId: string) =>
  inTransaction(world.ctx.db, async (tx) => {
    await lockPayment(tx, paymentId);
    await freezePayment(world.ctx, tx, paymentId, { cause: 'admin', subject: paymentId, reason: 'Odd.' });
  });
const unfreeze = (paymentId: string) =>
  inTransaction(world.ctx.db, async (tx) => {
    await lockPayment(tx, paymentId);
    await liftFreeze(world.ctx, tx, paymentId, { causes: ['admin'] });
  });

describe('a side that does not answer', () => {
  for (const [by, decision, status] of [
    ['customer', 'refund', 'refunded'],
    ['contractor', 'release', 'released'],
  ] as const)
    test(`loses to the ${by} who opened it: ${decision}`, async () => {
      const { payment, dispute } = await openCase(world, pair, { by });
      await say(pair[by], dispute.id);
      await world.advance(71 * hourMs);
      expect((await stateOf(dispute.id)).state).toBe('open');
      await world.advance(hourMs);
      expect(await stateOf(dispute.id)).toMatchObject({
        state: 'decided',
        decision,
        decidedBy: 'rules',
        decisionNote: 'The other side has not answered in time.',
      });
      expect(await statusOf(payment.id)).toBe(status);
      expect(logged).toEqual([]);
    });

  test('cannot answer when its time is over, before the sweep comes by', async () => {
    const { dispute } = await openCase(world, pair);
    await world.sandbox.clock.advance(72 * hourMs);
    expect(await refusal(say(pair.contractor, dispute.id))).toBe('conflict');
    expect((await stateOf(dispute.id)).state).toBe('open');
  });
});

describe('a dispute that nobody decides', () => {
  for (const decision of ['refund', 'release'] as const)
    test(`is decided after 14 days as configured: ${decision}`, async () => {
      world.ctx.config.disputeDefaultDecision = decision;
      const { payment, dispute } = await openCase(world, pair);
      await say(pair.contractor, dispute.id);
      await world.advance(14 * dayMs - hourMs);
      expect((await stateOf(dispute.id)).state).toBe('answered');
      await world.advance(hourMs);
      expect(await stateOf(dispute.id)).toMatchObject({ state: 'decided', decision, decidedBy: 'rules' });
      expect(await statusOf(payment.id)).toBe(decision === 'refund' ? 'refunded' : 'released');
      expect(logged).toEqual([]);
    });

  test('about money that cannot be held much longer is decided sooner, but not before an answer was possible', async () => {
    const old = await openCase(world, pair);
    await pair.customer.client.call(disputes.withdraw, { params: { id: old.dispute.id } });
    await world.advance(80 * dayMs);
    const again = await pair.customer.client.call(disputes.open, {
      params: { id: old.booking.id },
      body: { reason: 'not_done', description: 'Nobody came.' },
    });
    const heldAt = Date.parse((await readPayment(pair, old.payment.id)).heldAt!);
    expect(Date.parse(again.decideBy)).toBe(heldAt + 90 * dayMs);
    await pair.customer.client.call(disputes.withdraw, { params: { id: again.id } });
    await world.advance(9 * dayMs);
    const last = await pair.customer.client.call(disputes.open, {
      params: { id: old.booking.id },
      body: { reason: 'not_done', description: 'Nobody came.' },
    });
    expect(last.decideBy).toBe(last.answerBy);
    await world.advance(3 * dayMs);
    expect((await stateOf(last.id)).state).toBe('decided');
  });
});

describe('the sweeps', () => {
  test('go through more than a batch', async () => {
    const { booking, dispute } = await openCase(world, pair);
    await pair.contractor.client.call(disputes.concede, { params: { id: dispute.id } });
    // Disputes about other bookings of the same people that have ended: 105, with no money of their own.
    await sql`
      with copies as (select n, bookings.* from bookings, generate_series(1, 105) as n where bookings.id = ${booking.id}),
      ended as (
        insert into bookings (id, job_id, customer_id, contractor_id, price_minor, currency, state, cancelled_by,
            answer_by, requested_at, ended_at, updated_at)
          select 'bkg_' || lpad(n::text, 22, '0'), job_id, customer_id, contractor_id, price_minor, currency, state,
            cancelled_by, answer_by, requested_at, ended_at, updated_at from copies returning id)
      insert into disputes (id, booking_id, payment_id, customer_id, contractor_id, opened_by, reason, description, state,
          answer_by, decide_by, opened_at)
        select 'dsp' || substr(ended.id, 4), ended.id, payment_id, customer_id, contractor_id, opened_by, reason,
          description, 'open', answer_by, decide_by, opened_at from ended, disputes where disputes.id = ${dispute.id}`.execute(
      world.ctx.db,
    );
    await world.sweep();
    const { rows } = await sql<{ n: number }>`select count(*) as n from disputes
      where customer_id = ${pair.customer.id} and state = 'decided'`.execute(world.ctx.db);
    expect(rows[0]!.n).toBe(106);
    expect(logged).toEqual([]);
  });

  test('leave what something else has frozen until that is lifted, in silence', async () => {
    const { payment, dispute } = await openCase(world, pair);
    await freeze(payment.id);
    await world.advance(20 * dayMs);
    for (let beat = 0; beat < 3; beat += 1) await world.sweep();
    expect((await stateOf(dispute.id)).state).toBe('open');
    expect(logged).toEqual([]);
    await unfreeze(payment.id);
    await world.sweep();
    await world.settle();
    expect(await statusOf(payment.id)).toBe('refunded');
  });

  test('leave a delivered booking alone while it is disputed, in silence', async () => {
    const { booking, payment, dispute } = await openCase(world, pair);
    await say(pair.contractor, dispute.id);
    await pair.contractor.client.call(bookings.deliver, {
      params: { id: booking.id },
      body: { note: 'Done again.' },
    });
    await world.advance(80 * hourMs);
    expect(logged).toEqual([]);
    expect(await statusOf(payment.id)).toBe('held');
  });

  test('decide all others although one cannot be decided', async () => {
    const broken = await openCase(world, pair);
    const fine = [await openCase(world, pair), await openCase(world, pair), await openCase(world, pair)];
    // Stands for anything that goes wrong with one of them.
    await sql`update payments set status = 'pending', held_at = null where id = ${broken.payment.id}`.execute(
      world.ctx.db,
    );
    await world.sandbox.clock.advance(72 * hourMs);
    for (const sweep of disputeSweeps) await sweep.run(world.ctx);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject([{ disputeId: broken.dispute.id }, expect.any(String)]);
    for (const one of fine) expect((await stateOf(one.dispute.id)).state).toBe('decided');
    await sql`update payments set status = 'held', held_at = created_at where id = ${broken.payment.id}`.execute(
      world.ctx.db,
    );
    await world.sweep();
    await world.settle();
    expect((await stateOf(broken.dispute.id)).state).toBe('decided');
  });

  test('close a dispute whose money the bank has given back to the customer', async () => {
    const { booking, payment, dispute } = await openCase(world, pair);
    const id = await world.sandbox.control.openDispute(payment.stripePaymentId!, {});
    await world.settle();
    expect((await readPayment(pair, payment.id)).freezes).toHaveLength(2);
    await world.advance(73 * hourMs);
    expect((await stateOf(dispute.id)).state).toBe('open');
    await world.sandbox.control.resolveDispute(id, 'lost');
    await world.settle();
    await world.sweep();
    await world.settle();
    expect(await stateOf(dispute.id)).toMatchObject({
      state: 'decided',
      decision: 'refund',
      refund: { amount: 0 },
      decisionNote: "The customer's bank has given the money back to them.",
    });
    expect((await pair.customer.client.call(bookings.get, { params: { id: booking.id } })).state).toBe(
      'cancelled',
    );
    expect(await readPayment(pair, payment.id)).toMatchObject({ status: 'refunded', freezes: [] });
  });
});

test('after all of it everything adds up', async () => {
  await world.settle();
  expect((await audit(world.ctx, 50)).flatMap((result) => result.findings)).toEqual([]);
});
