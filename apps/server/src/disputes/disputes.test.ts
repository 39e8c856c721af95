import { accounts, admin as adminApi, bookings, disputes } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { complaint, fundBooking, dispute as open, openCase, say } from '../../test/disputed.ts';
import { refusal } from '../../test/jobs.ts';
import {
  confirmBooking,
  createPair,
  type MoneyWorld,
  type Pair,
  problemOf,
  readPayment,
  startMoneyWorld,
} from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { toldTo } from '../../test/told.ts';
import { dayMs, hourMs } from '../clock.ts';

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
beforeAll(async () => {
  world = await startMoneyWorld();
  grace = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});

const read = (person: Person, id: string) => person.client.call(disputes.get, { params: { id } });
const withdraw = (person: Person, id: string) => person.client.call(disputes.withdraw, { params: { id } });
const concede = (person: Person, id: string) => person.client.call(disputes.concede, { params: { id } });
const cancel = (person: Person, id: string) =>
  person.client.call(bookings.cancel, { params: { id }, body: {} });
const complete = (jobId: string) => pair.customer.client.call(bookings.complete, { params: { id: jobId } });
const deliver = (id: string) =>
  pair.contractor.client.call(bookings.deliver, { params: { id }, body: { note: 'Done.' } });
const bookingOf = (id: string) => pair.customer.client.call(bookings.get, { params: { id } });

const after = (time: string, ms: number) => new Date(Date.parse(time) + ms).toISOString();

/** What somebody was told about disputes, oldest first. */
const toldOf = async (person: Person) => (await toldTo(person)).filter((type) => type.startsWith('dispute.'));

describe('opening a dispute', () => {
  test('freezes the money and tells the other side, whichever side does it', async () => {
    for (const by of ['customer', 'contractor'] as const) {
      pair = await createPair(world);
      const { booking, payment, dispute } = await openCase(world, pair, { by });
      expect(dispute).toMatchObject({
        bookingId: booking.id,
        openedBy: by,
        state: 'open',
        reason: 'poor_quality',
        price: booking.price,
        answerBy: after(dispute.openedAt, 72 * hourMs),
        decideBy: after(dispute.openedAt, 14 * dayMs),
        decision: null,
      });
      expect((await bookingOf(booking.id)).disputeId).toBe(dispute.id);
      expect((await readPayment(pair, payment.id)).freezes).toMatchObject([{ cause: 'dispute' }]);
      await world.settle();
      expect(await toldOf(pair[by])).toEqual([]);
      expect(await toldOf(pair[by === 'customer' ? 'contractor' : 'customer'])).toEqual(['dispute.opened']);
      // Nothing moves the money now.
      expect((await problemOf(complete(booking.job.id))).detail).toContain('there is a dispute about it');
      expect(await refusal(cancel(pair.contractor, booking.id))).toBe('conflict');
      expect(await refusal(cancel(pair.customer, booking.id))).toBe('conflict');
    }
  });

  test('is possible once at a time, and with a key it is one however often it is sent', async () => {
    const { booking } = await fundBooking(world, pair);
    const request = { params: { id: booking.id }, body: complaint, idempotencyKey: 'one' };
    const first = await pair.customer.client.call(disputes.open, request);
    expect(await pair.customer.client.call(disputes.open, request)).toEqual(first);
    expect(await refusal(open(pair.customer, booking.id))).toBe('conflict');
    expect(await refusal(open(pair.contractor, booking.id))).toBe('conflict');
  });

  test('needs money that is held and stays: not before it is, and not when it goes either way', async () => {
    const unpaid = await confirmBooking(pair);
    expect(await refusal(open(pair.customer, unpaid.id))).toBe('conflict');
    const released = await fundBooking(world, pair);
    await complete(released.booking.job.id);
    // Requested, and not yet sent.
    expect((await readPayment(pair, released.payment.id)).status).toBe('held');
    expect(await refusal(open(pair.customer, released.booking.id))).toBe('conflict');
    await world.settle();
    expect(await refusal(open(pair.contractor, released.booking.id))).toBe('conflict');
    const cancelled = await fundBooking(world, pair);
    await cancel(pair.customer, cancelled.booking.id);
    expect(await refusal(open(pair.contractor, cancelled.booking.id))).toBe('conflict');
  });

  test('is for the two sides: to others the booking and the dispute do not exist', async () => {
    const { booking, dispute } = await openCase(world, pair);
    const strangers = await createPair(world);
    for (const stranger of [strangers.customer, strangers.contractor, grace]) {
      expect(await refusal(open(stranger, booking.id))).toBe('not_found');
      expect(await refusal(read(stranger, dispute.id))).toBe('not_found');
      expect(await refusal(say(stranger, dispute.id))).toBe('not_found');
      expect(await refusal(withdraw(stranger, dispute.id))).toBe('not_found');
      expect(await refusal(concede(stranger, dispute.id))).toBe('not_found');
    }
    const { items } = await strangers.customer.client.call(disputes.listOwn, { query: {} });
    expect(items).toEqual([]);
    for (const side of [pair.customer, pair.contractor]) {
      expect(await refusal(side.client.call(disputes.getFile, { params: { id: dispute.id } }))).toBe(
        'forbidden',
      );
      const own = await side.client.call(disputes.listOwn, { query: { state: 'open' } });
      expect(own.items.map(({ id }) => id)).toEqual([dispute.id]);
    }
  });
});

describe('what the two say', () => {
  test('is seen by both, and the first word of the other side is the answer', async () => {
    const { dispute } = await openCase(world, pair);
    await say(pair.customer, dispute.id, 'See the photos.');
    expect((await read(pair.customer, dispute.id)).state).toBe('open');
    await say(pair.contractor, dispute.id, 'One coat was agreed.');
    await say(pair.contractor, dispute.id, 'It is in the quote.');
    await world.settle();
    const seen = await read(pair.contractor, dispute.id);
    expect(seen).toMatchObject({ state: 'answered', answeredAt: seen.evidence[1]!.createdAt });
    expect(seen.evidence.map(({ side, text }) => [side, text])).toEqual([
      ['customer', 'See the photos.'],
      ['contractor', 'One coat was agreed.'],
      ['contractor', 'It is in the quote.'],
    ]);
    expect(await read(pair.customer, dispute.id)).toEqual(seen);
    expect(await toldOf(pair.customer)).toEqual(['dispute.answered']);
  });

  test('is bounded, each side for itself, and ends with the dispute', async () => {
    const { dispute } = await openCase(world, pair);
    const said = await Promise.all(
      Array.from({ length: 55 }, (_, index) => refusal(say(pair.contractor, dispute.id, `${index}`))),
    );
    expect(said.filter((one) => one === 'no error')).toHaveLength(50);
    expect(said.filter((one) => one === 'conflict')).toHaveLength(5);
    await say(pair.customer, dispute.id);
    expect((await read(pair.customer, dispute.id)).evidence).toHaveLength(51);
    await withdraw(pair.customer, dispute.id);
    expect(await refusal(say(pair.customer, dispute.id))).toBe('conflict');
  });
});

describe('the two end it themselves', () => {
  test('who opened it withdraws it, nobody else: the booking goes on', async () => {
    const { booking, payment, dispute } = await openCase(world, pair);
    expect(await refusal(withdraw(pair.contractor, dispute.id))).toBe('conflict');
    expect(await withdraw(pair.customer, dispute.id)).toMatchObject({ state: 'withdrawn', decision: null });
    expect(await refusal(withdraw(pair.customer, dispute.id))).toBe('conflict');
    await world.settle();
    expect((await toldOf(pair.contractor)).at(-1)).toBe('dispute.withdrawn');
    expect(await readPayment(pair, payment.id)).toMatchObject({ status: 'held', freezes: [] });
    expect(await bookingOf(booking.id)).toMatchObject({ state: 'active', disputeId: null });
    await complete(booking.job.id);
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });

  test('withdrawn after the review period, the customer has one more day, then it counts as complete', async () => {
    const { booking, payment } = await fundBooking(world, pair);
    await deliver(booking.id);
    const dispute = await open(pair.customer, booking.id);
    await say(pair.contractor, dispute.id);
    await world.advance(73 * hourMs);
    expect((await bookingOf(booking.id)).state).toBe('delivered');
    await withdraw(pair.customer, dispute.id);
    await world.advance(23 * hourMs);
    expect((await bookingOf(booking.id)).state).toBe('delivered');
    await world.advance(hourMs);
    expect(await bookingOf(booking.id)).toMatchObject({ state: 'completed', completedBy: 'system' });
    expect((await readPayment(pair, payment.id)).status).toBe('released');
  });

  test('withdrawn early, the review period is what it was', async () => {
    const { booking } = await fundBooking(world, pair);
    await deliver(booking.id);
    const { releaseAt } = await bookingOf(booking.id);
    const dispute = await open(pair.customer, booking.id);
    await withdraw(pair.customer, dispute.id);
    expect((await bookingOf(booking.id)).releaseAt).toBe(releaseAt);
  });

  test('each side has three disputes about one booking', async () => {
    const { booking } = await fundBooking(world, pair);
    for (let round = 0; round < 3; round += 1)
      await withdraw(pair.customer, (await open(pair.customer, booking.id)).id);
    expect(await refusal(open(pair.customer, booking.id))).toBe('conflict');
    expect(await refusal(open(pair.contractor, booking.id))).toBe('no error');
  });

  test('the contractor gives in: all goes back; the customer gives in: all is released', async () => {
    const byCustomer = await openCase(world, pair);
    expect(await refusal(concede(pair.customer, byCustomer.dispute.id))).toBe('conflict');
    expect(await concede(pair.contractor, byCustomer.dispute.id)).toMatchObject({
      state: 'decided',
      decision: 'refund',
      decidedBy: 'concession',
      refund: byCustomer.booking.price,
    });
    const byContractor = await openCase(world, pair, { by: 'contractor' });
    expect(await concede(pair.customer, byContractor.dispute.id)).toMatchObject({ decision: 'release' });
    await world.settle();
    expect((await readPayment(pair, byCustomer.payment.id)).status).toBe('refunded');
    expect((await readPayment(pair, byContractor.payment.id)).status).toBe('released');
    expect((await toldOf(pair.customer)).filter((type) => type === 'dispute.decided')).toHaveLength(2);
  });
});

test('admins see all disputes, the most urgent or the newest first, by state and in pages', async () => {
  const cases = [];
  for (let round = 0; round < 3; round += 1) {
    cases.push(await openCase(world, pair));
    await world.advance(1000);
  }
  const [first, second, third] = cases.map(({ dispute }) => dispute.id);
  await withdraw(pair.customer, second!);
  const list = (query: object) => grace.client.call(disputes.listAll, { query });
  const mine = (items: { id: string }[]) =>
    items.map(({ id }) => id).filter((id) => [first, second, third].includes(id));
  expect(mine((await list({ state: 'open', limit: '100' })).items)).toEqual([first, third]);
  expect(mine((await list({ sort: 'newest', limit: '3' })).items)).toEqual([third, second, first]);
  for (const sort of ['due', 'newest']) {
    const whole = (await list({ sort, limit: '100' })).items.map(({ id }) => id);
    const paged: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list({ sort, limit: '2', ...(cursor === undefined ? {} : { cursor }) });
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(whole);
    expect(new Set(paged).size).toBe(paged.length);
  }
  const page = await list({ limit: '1' });
  expect(await refusal(list({ sort: 'newest', cursor: page.nextCursor }))).toBe('validation_failed');
});

describe('somebody who is suspended, or wants to go', () => {
  test('a dispute of a suspended side goes on with the other and the admins', async () => {
    const { payment, dispute } = await openCase(world, pair);
    await grace.client.call(adminApi.suspendUser, {
      params: { id: pair.contractor.id },
      body: { reason: 'Asked for cash.' },
    });
    expect(await refusal(say(pair.contractor, dispute.id))).toBe('token_expired');
    await say(pair.customer, dispute.id, 'He does not answer.');
    await grace.client.call(disputes.resolve, {
      params: { id: dispute.id },
      body: { decision: 'split', refundAmount: 5000, note: 'Most of it is done.' },
    });
    await world.settle();
    expect((await readPayment(pair, payment.id)).status).toBe('released');
    const other = await openCase(world, await createPair(world), { by: 'contractor' });
    await grace.client.call(adminApi.suspendUser, {
      params: { id: other.booking.contractor.id },
      body: { reason: 'Asked for cash.' },
    });
    await world.advance(73 * hourMs);
    const { dispute: decided } = await grace.client.call(disputes.getFile, {
      params: { id: other.dispute.id },
    });
    expect(decided).toMatchObject({ state: 'decided', decision: 'release' });
  });

  test('nobody deletes their account with an open dispute', async () => {
    await openCase(world, pair);
    for (const person of [pair.customer, pair.contractor])
      expect(
        await refusal(person.client.call(accounts.deleteMe, { body: { currentPassword: person.password } })),
      ).toBe('conflict');
  });
});
