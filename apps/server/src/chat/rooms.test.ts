import { accounts, bookings, chat } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyFor, postJob, refusal, requestBooking } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { newName, openRoomOf } from '../../test/talk.ts';
import { startWorld, type World } from '../../test/world.ts';
import { addMs, minuteMs } from '../clock.ts';
import { newId } from '../ids.ts';
import { sortWordsIn } from './sort-words-in.ts';

let world: World;
let ada: Person;
let carl: Person;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  ada = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
});

const open = (person: Person, body: Parameters<typeof bodyOf>[0]) =>
  person.client.call(chat.openRoom, { body: bodyOf(body) });
const bodyOf = (body: { bookingId: string } | { applicationId: string } | { userId: string }) => body;
const say = (person: Person, id: string, message: string) =>
  person.client.call(chat.send, { params: { id }, body: { clientMessageId: newName(), message } });
const suspend = (person: Person) =>
  world.ctx.db
    .updateTable('users')
    .set({ suspended_at: world.ctx.clock.now() })
    .where('id', '=', person.id)
    .execute();

describe('a room', () => {
  test('is the same one by person, application and booking, from either side, also of openings at once', async () => {
    const job = await postJob(ada);
    const application = await applyFor(carl, job);
    const rooms = await Promise.all([
      ...Array.from({ length: 10 }, () => open(ada, { userId: carl.id })),
      open(carl, { applicationId: application.id }),
      open(ada, { applicationId: application.id }),
      open(carl, { userId: ada.id }),
    ]);
    const booking = await ada.client.call(bookings.create, { body: { applicationId: application.id } });
    rooms.push(await open(carl, { bookingId: booking.id }));
    expect(new Set(rooms.map(({ id }) => id)).size).toBe(1);
    expect(rooms[0]).toMatchObject({ other: { id: carl.id, role: 'contractor' }, lastSeq: 0, unread: 0 });
    expect(rooms.at(-1)).toMatchObject({ other: { id: ada.id, role: 'customer' } });
  });

  test('is not opened with strangers: contractors need something to do with a customer', async () => {
    expect(await refusal(open(carl, { userId: ada.id }))).toBe('forbidden');
    const other = await createPerson(world, { role: 'customer' });
    const booking = await requestBooking(other, carl);
    expect(await refusal(open(ada, { bookingId: booking.id }))).toBe('not_found');
    expect(await refusal(open(ada, { applicationId: booking.applicationId! }))).toBe('not_found');
    for (const userId of [other.id, ada.id, `usr_${'0'.repeat(22)}`])
      expect(await refusal(open(ada, { userId }))).toBe('not_found');
    expect((await open(carl, { userId: other.id })).other.id).toBe(other.id);
  });

  test('with somebody who is suspended is not begun, and one that is there can be read', async () => {
    await suspend(carl);
    expect(await refusal(open(ada, { userId: carl.id }))).toBe('not_found');
    const dora = await createPerson(world, { role: 'contractor' });
    const room = await openRoomOf(ada, dora);
    await suspend(dora);
    expect((await open(ada, { userId: dora.id })).id).toBe(room.id);
  });

  test('of somebody who has deleted their account stays, without their name', async () => {
    const room = await openRoomOf(ada, carl);
    await say(carl, room.id, 'I am leaving.');
    await carl.client.call(accounts.deleteMe, { body: { currentPassword: carl.password } });
    const seen = await ada.client.call(chat.room, { params: { id: room.id } });
    expect(seen).toMatchObject({
      other: { id: carl.id, name: 'Deleted account' },
      lastMessage: { message: 'I am leaving.' },
    });
  });
});

test('rooms are listed by their newest message, in pages', async () => {
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const contractor = await createPerson(world, { role: 'contractor' });
    world.clock.advance(minuteMs);
    ids.push((await openRoomOf(ada, contractor)).id);
  }
  world.clock.advance(minuteMs);
  await say(ada, ids[1]!, 'newest');
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await ada.client.call(chat.rooms, {
      query: { limit: '2', ...(cursor === undefined ? {} : { cursor }) },
    });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([ids[1], ids[4], ids[3], ids[2], ids[0]]);
});

test('one’s own messages are found by their words, and nobody else’s', async () => {
  const room = await openRoomOf(ada, carl);
  for (const message of ['The tap drips again', 'Tomorrow at nine', 'A new tap costs 80 euros'])
    await say(ada, room.id, message);
  const find = async (person: Person, q: string) =>
    (await person.client.call(chat.search, { query: { q } })).items.map(({ message }) => message);
  expect(new Set(await find(carl, 'tap'))).toEqual(
    new Set(['The tap drips again', 'A new tap costs 80 euros']),
  );
  expect(await find(ada, 'tap -new')).toEqual(['The tap drips again']);
  expect(await find(await createPerson(world, { role: 'contractor' }), 'tap')).toEqual([]);
  expect(await find(ada, "'; drop table messages; --")).toEqual([]);
});

test('a search without words finds nothing, and the name of a room is a word like any other', async () => {
  const room = await openRoomOf(ada, carl);
  await say(ada, room.id, `The tap of ${room.id}`);
  const clara = await createPerson(world, { role: 'customer' });
  const other = await openRoomOf(clara, carl);
  await say(carl, other.id, `'${room.id}' is a tap as well`);
  const find = async (person: Person, query: { q: string; roomId?: typeof room.id }) =>
    (await person.client.call(chat.search, { query })).items.length;
  // Whether the words of new messages are sorted in yet or not, and by how many at once, is no difference.
  expect(await find(carl, { q: 'tap' })).toBe(2);
  await Promise.all(Array.from({ length: 5 }, () => sortWordsIn(world.ctx)));
  for (const q of ['!!', '" "', '--', "''"]) expect(await find(carl, { q })).toBe(0);
  expect(await find(carl, { q: 'tap' })).toBe(2);
  expect(await find(carl, { q: 'tap', roomId: other.id })).toBe(1);
  expect(await find(carl, { q: '-tap' })).toBe(0);
  expect(await find(ada, { q: room.id })).toBe(1);
  expect(await find(clara, { q: room.id })).toBe(1);
  expect(await find(clara, { q: 'tap', roomId: room.id })).toBe(0);
});

test('a search goes through however many rooms, newest message first, whatever else was said there since', async () => {
  const count = 230;
  const at = (minutes: number) => addMs(world.clock.now(), minutes * minuteMs);
  // All in another order than the rooms; four in the same moment.
  const minutesOf = (index: number) => Math.floor(((index * 97) % count) / 4);
  const customers = await Promise.all(
    Array.from({ length: count }, () => createPerson(world, { role: 'customer' })),
  );
  const rooms = customers.map(({ id }, index) => ({
    id: newId('rom'),
    customer_id: id,
    contractor_id: carl.id,
    last_seq: 2,
    last_message_at: at(index % 3 === 0 ? 1_000 + index : minutesOf(index)),
    created_at: at(0),
  }));
  await world.ctx.db.insertInto('rooms').values(rooms).execute();
  const messages = rooms.flatMap((room, index) =>
    ['the tap', 'the door'].map((body, place) => ({
      room_id: room.id,
      seq: place + 1,
      id: newId('msg'),
      sender_id: room.customer_id,
      client_message_id: newId('cli'),
      kind: 'text' as const,
      body,
      created_at: place === 0 ? at(minutesOf(index)) : room.last_message_at,
    })),
  );
  await world.ctx.db.insertInto('messages').values(messages).execute();
  const found: { id: string; timestamp: string }[] = [];
  let cursor: string | null | undefined;
  do {
    const query = { q: 'tap', limit: '30', ...(cursor == null ? {} : { cursor }) };
    const page = await carl.client.call(chat.search, { query });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  const wanted = messages
    .filter(({ body }) => body === 'the tap')
    .toSorted((one, other) => +other.created_at - +one.created_at || (one.id < other.id ? 1 : -1));
  expect(found.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
});

test('a person or one of their messages can be reported, by who received it', async () => {
  const room = await openRoomOf(ada, carl);
  const { id: messageId } = await say(carl, room.id, 'Pay me outside.');
  const report = (person: Person, over: object) =>
    person.client.call(chat.report, {
      body: { userId: carl.id, reason: 'fraud', description: '', ...over },
    });
  await report(ada, { messageId });
  await report(ada, {});
  const stranger = await createPerson(world, { role: 'customer' });
  expect(await refusal(report(stranger, { messageId }))).toBe('not_found');
  expect(await refusal(report(ada, { userId: ada.id, messageId }))).toBe('not_found');
  const rows = await world.ctx.db.selectFrom('reports').selectAll().execute();
  expect(rows.map((row) => [row.reporter_id, row.message_id])).toEqual(
    expect.arrayContaining([
      [ada.id, messageId],
      [ada.id, null],
    ]),
  );
  expect(rows.length).toBe(2);
});
