import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { newId } from '../ids.ts';
import { createWriter, type Draft } from './writer.ts';

type Room = { id: string; customer: Person; contractor: Person };

let world: World;
let rooms: Room[];

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world.stop());

beforeEach(async () => {
  rooms = [await makeRoom(), await makeRoom()];
});

async function makeRoom(): Promise<Room> {
  const customer = await createPerson(world, { role: 'customer' });
  const contractor = await createPerson(world, { role: 'contractor' });
  const id = newId('rom');
  const now = world.clock.now();
  await world.ctx.db
    .insertInto('rooms')
    .values({
      id,
      customer_id: customer.id,
      contractor_id: contractor.id,
      last_message_at: now,
      created_at: now,
    })
    .execute();
  return { id, customer, contractor };
}

const draft = (room: Room, clientMessageId: string): Draft => ({
  roomId: room.id,
  senderId: room.customer.id,
  clientMessageId,
  body: clientMessageId,
  isSuspicious: false,
});

const stored = () =>
  world.ctx.db
    .selectFrom('messages')
    .select(['room_id', 'seq', 'body'])
    .select((select) => select.cast<string>(select.ref('xmin' as never), 'text').as('transaction'))
    .where(
      'room_id',
      'in',
      rooms.map(({ id }) => id),
    )
    .orderBy('room_id')
    .orderBy('seq')
    .execute();

test('messages that come at once are committed together, whatever room they are for, each room in their order', async () => {
  const writer = createWriter(world.ctx);
  const drafts = Array.from({ length: 40 }, (_, index) => draft(rooms[index % 2]!, `message-${index}`));
  const written = await Promise.all(drafts.map((one) => writer.write(one)));
  expect(written.map(({ seq }) => seq)).toEqual(drafts.map((_, index) => Math.floor(index / 2) + 1));
  const rows = await stored();
  expect(new Set(rows.map(({ transaction }) => transaction)).size).toBe(1);
  for (const { id } of rooms)
    expect(rows.filter((row) => row.room_id === id).map(({ body }) => body)).toEqual(
      drafts.filter(({ roomId }) => roomId === id).map(({ body }) => body),
    );
});

test('what comes while a commit is under way goes together in the next one', async () => {
  const writer = createWriter(world.ctx);
  const first = writer.write(draft(rooms[0]!, 'message-0'));
  // By now the first one is on its way alone.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const others = Array.from({ length: 20 }, (_, index) =>
    writer.write(draft(rooms[0]!, `message-${index + 1}`)),
  );
  await Promise.all([first, ...others]);
  const transactions = (await stored()).map(({ transaction }) => transaction);
  expect(new Set(transactions).size).toBe(2);
  expect(new Set(transactions.slice(1)).size).toBe(1);
});

test('one clientMessageId is one message, in the same commit and ever after', async () => {
  const writer = createWriter(world.ctx);
  const [one, same] = await Promise.all([
    writer.write(draft(rooms[0]!, 'message-0')),
    writer.write({ ...draft(rooms[0]!, 'message-0'), body: 'other words' }),
  ]);
  expect(one).toMatchObject({ seq: 1, isNew: true });
  expect(same).toEqual({ ...one, isNew: false });
  world.clock.advance(60_000);
  const [again, next] = await Promise.all([
    writer.write(draft(rooms[0]!, 'message-0')),
    writer.write(draft(rooms[0]!, 'message-1')),
  ]);
  expect(again).toEqual({ ...one, isNew: false });
  expect(next).toMatchObject({ seq: 2, isNew: true });
  expect((await stored()).map(({ body }) => body)).toEqual(['message-0', 'message-1']);
});

test('a block keeps out the messages of its own pair alone, and leaves no gap', async () => {
  const writer = createWriter(world.ctx);
  const [blocked, free] = rooms as [Room, Room];
  const { id: blocker } = blocked.contractor;
  const block = { blocker_id: blocker, blocked_id: blocked.customer.id, created_at: world.clock.now() };
  await world.ctx.db.insertInto('blocks').values(block).execute();
  const results = await Promise.allSettled([
    writer.write(draft(blocked, 'message-0')),
    writer.write(draft(free, 'message-1')),
    writer.write(draft(blocked, 'message-2')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  expect(results[0]).toMatchObject({ reason: { code: 'forbidden' } });
  await world.ctx.db.deleteFrom('blocks').where('blocker_id', '=', blocker).execute();
  expect(await writer.write(draft(blocked, 'message-0'))).toMatchObject({ seq: 1 });
});

test('two processes that write the same messages to the same rooms write each once, without gaps', async () => {
  const writers = [createWriter(world.ctx), createWriter(world.ctx)];
  const names = Array.from({ length: 60 }, (_, index) => `message-${index}`);
  const written = await Promise.all(
    writers.flatMap((writer, index) =>
      (index === 0 ? names : names.toReversed()).map((name, turn) =>
        writer.write(draft(rooms[turn % 2]!, name)),
      ),
    ),
  );
  const rows = await stored();
  expect(written.filter(({ isNew }) => isNew).length).toBe(rows.length);
  for (const { id } of rooms) {
    const own = rows.filter((row) => row.room_id === id);
    expect(own.map(({ seq }) => seq)).toEqual(own.map((_, index) => index + 1));
    expect(new Set(own.map(({ body }) => body)).size).toBe(own.length);
  }
});

test('when the database refuses, everybody in the commit hears it, and the next one is written', async () => {
  const writer = createWriter(world.ctx);
  const results = await Promise.allSettled([
    writer.write({ ...draft(rooms[0]!, 'message-0'), body: 'cannot be stored: \0' }),
    writer.write(draft(rooms[0]!, 'message-1')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await writer.write(draft(rooms[0]!, 'message-1'))).toMatchObject({ seq: 1 });
});
