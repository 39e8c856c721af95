import { bookings, chat, disputes } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openCase } from '../../test/disputed.ts';
import { requestBooking } from '../../test/jobs.ts';
import { liveSockets } from '../../test/live.ts';
import { createPair, earn, type MoneyWorld, type Pair, startMoneyWorld } from '../../test/money-world.ts';
import { forgetRateLimits, type Person } from '../../test/people.ts';
import { connectDevice, newName } from '../../test/talk.ts';
import { announceEvent } from './chat.ts';

let world: MoneyWorld;
let pair: Pair;
beforeAll(async () => {
  world = await startMoneyWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});

const roomOf = async (person: Person) => (await person.client.call(chat.rooms, { query: {} })).items[0]!;
const messagesOf = async (person: Person) =>
  (await person.client.call(chat.history, { params: { id: (await roomOf(person)).id }, query: {} })).messages;
const eventsOf = async (person: Person) => (await messagesOf(person)).map(({ event }) => event?.type);

test('the course of a booking and its money is said in the room of its two people, each thing once', async () => {
  const payment = await earn(world, pair);
  const said = await messagesOf(pair.contractor);
  expect(said.map(({ event }) => event?.type)).toEqual(
    expect.arrayContaining([
      'booking.requested',
      'booking.confirmed',
      'payment.held',
      'booking.completed',
      'payment.released',
    ]),
  );
  expect(new Set(said.map(({ event }) => event?.type)).size).toBe(said.length);
  expect(said.map(({ seq }) => seq)).toEqual(said.map((_one, index) => index + 1));
  const first = said.find(({ event }) => event?.type === 'booking.requested')!;
  expect(first).toMatchObject({
    kind: 'system',
    sender: null,
    receiver: null,
    event: { type: 'booking.requested', bookingId: payment.bookingId },
    attachments: [],
  });
  expect(Object.keys(first.event!)).toEqual(['type', 'bookingId']);
  expect(await roomOf(pair.customer)).toMatchObject({ unread: said.length, lastSeq: said.length });
});

test('what was declined, cancelled, disputed and decided is said as well', async () => {
  const declined = await requestBooking(pair.customer, pair.contractor);
  await pair.contractor.client.call(bookings.decline, { params: { id: declined.id } });
  const { dispute } = await openCase(world, pair);
  await pair.contractor.client.call(disputes.concede, { params: { id: dispute.id } });
  await world.settle();
  expect(await eventsOf(pair.customer)).toEqual(
    expect.arrayContaining([
      'booking.declined',
      'dispute.opened',
      'dispute.decided',
      'booking.cancelled',
      'payment.refunded',
    ]),
  );
});

test('said again, by a task that is repeated or by two at once, it is the same message', async () => {
  const booking = await requestBooking(pair.customer, pair.contractor);
  const task = {
    bookingId: booking.id,
    event: 'booking.requested' as const,
    key: `booking.requested ${booking.id}`,
  };
  for (let round = 0; round < 20; round += 1)
    await Promise.all([1, 2, 3].map(() => announceEvent(world.ctx, task)));
  await world.drain();
  expect(await eventsOf(pair.customer)).toEqual(['booking.requested']);
});

test('it is told live, in its place among what people say, and nobody can write it themselves', async () => {
  const sockets = liveSockets(world);
  const port = await sockets.listen(0, '127.0.0.1');
  const device = await connectDevice(port, pair.customer);
  await requestBooking(pair.customer, pair.contractor);
  await world.drain();
  const { message } = await device.hear('message');
  expect(message).toMatchObject({ kind: 'system', seq: 1, event: { type: 'booking.requested' } });
  const answer = await device.ask({
    type: 'send',
    roomId: message.roomId,
    clientMessageId: newName(),
    message: 'A booking was requested.',
  });
  expect(answer).toMatchObject({ type: 'accepted', seq: 2 });
  const [, mine] = await messagesOf(pair.contractor);
  expect(mine).toMatchObject({ kind: 'text', event: null });
  await device.close();
  await sockets.stop();
});
