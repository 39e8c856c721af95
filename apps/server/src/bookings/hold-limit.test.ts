import { adminMoney } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fundBooking } from '../../test/disputed.ts';
import {
  createPair,
  type MoneyWorld,
  type Pair,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson } from '../../test/people.ts';
import { dayMs } from '../clock.ts';
import { endHolds } from './hold-limit.ts';

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
});
afterAll(() => world.stop());

/** Older payments like this one, held and frozen; their bookings are over, so that there can be many of one job. */
async function copyFrozen(paymentId: string, copies: number): Promise<void> {
  const { db } = world.ctx;
  await sql`insert into bookings (id, job_id, customer_id, contractor_id, price_minor, currency, state, answer_by, cancelled_by, requested_at, ended_at, updated_at)
    select 'bkg_copy' || n, job_id, customer_id, contractor_id, price_minor, currency, 'cancelled', answer_by, 'platform', requested_at, updated_at, updated_at
    from bookings, generate_series(1, ${copies}) as n where id = (select booking_id from payments where id = ${paymentId})`.execute(
    db,
  );
  await sql`insert into payments (id, booking_id, job_id, customer_id, contractor_id, amount_minor, currency, commission_basis_points, commission_minor, status, held_at, read_at, created_at, updated_at)
    select 'pay_copy' || n, 'bkg_copy' || n, job_id, customer_id, contractor_id, amount_minor, currency, commission_basis_points, commission_minor, 'held', held_at - interval '1 day', read_at, created_at, updated_at
    from payments, generate_series(1, ${copies}) as n where id = ${paymentId}`.execute(db);
  await sql`insert into payment_freezes (id, payment_id, cause, subject, reason, frozen_at)
    select 'frz_copy' || n, 'pay_copy' || n, 'admin', 'pay_copy' || n, 'Looks odd.', ${world.ctx.clock.now()}
    from generate_series(1, ${copies}) as n`.execute(db);
}

test('any number of frozen payments do not keep up the end of another hold', async () => {
  const { payment } = await fundBooking(world, pair);
  await copyFrozen(payment.id, 120);
  await world.sandbox.clock.advance(91 * dayMs);
  await world.settle();
  await endHolds(world.ctx);
  await world.settle();
  expect((await readPayment(pair, payment.id)).status).toBe('refunded');
});

test('a hold that was frozen ends once it is lifted', async () => {
  const { payment } = await fundBooking(world, pair);
  const grace = await createPerson(world, { role: 'admin' });
  const of = { params: { id: payment.id }, body: { reason: 'Looks odd.' } };
  await grace.client.call(adminMoney.freezePayment, of);
  await world.sandbox.clock.advance(91 * dayMs);
  await world.settle();
  await endHolds(world.ctx);
  expect((await readPayment(pair, payment.id)).status).toBe('held');
  await grace.client.call(adminMoney.unfreezePayment, of);
  await endHolds(world.ctx);
  await world.settle();
  expect((await readPayment(pair, payment.id)).status).toBe('refunded');
});
