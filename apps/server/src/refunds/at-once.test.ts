import { admin, adminMoney, bookings } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { fundBooking } from '../../test/disputed.ts';
import {
  createPair,
  type MoneyWorld,
  type Pair,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { audit } from '../audit/audit.ts';
import { newId } from '../ids.ts';

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
let heidi: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
  pair = await createPair(world);
  grace = await createPerson(world, { role: 'admin' });
  heidi = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));
afterEach(async () => {
  await world.settle();
  expect((await audit(world.ctx, 0)).flatMap((result) => result.findings)).toEqual([]);
});

const refund = (person: Person, paymentId: string, amount: number) =>
  person.client.call(adminMoney.refundPayment, {
    params: { id: paymentId },
    body: { reason: 'Agreed with both sides.', amount },
    idempotencyKey: newId('key'),
  });

const rounds = 10;

test(`two admins who each refund a half at once end the booking, ${rounds} times`, async () => {
  for (let round = 0; round < rounds; round += 1) {
    await forgetRateLimits(world);
    const { booking, payment } = await fundBooking(world, pair);
    await Promise.all([refund(grace, payment.id, 22_500), refund(heidi, payment.id, 22_500)]);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('refunded');
    const ended = await pair.customer.client.call(bookings.get, { params: { id: booking.id } });
    expect(ended).toMatchObject({ state: 'cancelled', cancelledBy: 'platform' });
  }
});

test('what needs two admins is not refunded by one in parts', async () => {
  const aboveMinor = world.ctx.config.refundApprovalAbove * 100;
  const { payment } = await fundBooking(world, pair, { amount: 3 * aboveMinor, currency: 'eur' });
  expect((await refund(grace, payment.id, aboveMinor)).approval).toBeNull();
  const second = await refund(grace, payment.id, aboveMinor);
  expect(second.approval).toMatchObject({ status: 'pending', details: { amountMinor: aboveMinor } });
  expect((await readPayment(pair, payment.id)).refunded.amount).toBe(aboveMinor);
});

test('an approval of more than is left by then is a conflict, and changes nothing', async () => {
  const aboveMinor = world.ctx.config.refundApprovalAbove * 100;
  const { payment } = await fundBooking(world, pair, { amount: 2 * aboveMinor, currency: 'eur' });
  const { approval } = await refund(grace, payment.id, 2 * aboveMinor);
  await refund(heidi, payment.id, 10_000);
  const approve = heidi.client.call(admin.approve, { params: { id: approval!.id } });
  expect((await problemOf(approve)).code).toBe('conflict');
  expect((await readPayment(pair, payment.id)).refunded.amount).toBe(10_000);
});
