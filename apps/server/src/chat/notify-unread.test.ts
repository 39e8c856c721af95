import { chat as api, notifications } from '@holdfast/contract';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { liveSockets } from '../../test/live.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { connectDevice, newName, openRoomOf } from '../../test/talk.ts';
import { listOf, type Post, startPost } from '../../test/told.ts';
import { startWorld, type World } from '../../test/world.ts';
import { secondMs } from '../clock.ts';
import { notifyUnread } from './notify-unread.ts';

let world: World;
let post: Post;
let clara: Person;
let carl: Person;
let roomId: string;

beforeAll(async () => {
  post = startPost();
  world = await startWorld({ handlers: post.handlers });
});

afterAll(() => world.stop());

beforeEach(async () => {
  for (const channel of ['push', 'email', 'pusher'] as const) post.sent[channel].length = 0;
  clara = await createPerson(world, { role: 'customer', name: 'Clara' });
  carl = await createPerson(world, { role: 'contractor', name: 'Carl' });
  roomId = (await openRoomOf(clara, carl)).id;
});

const say = (from: Person, message: string) =>
  from.client.call(api.send, { params: { id: roomId }, body: { clientMessageId: newName(), message } });

const read = (who: Person, seq: number) =>
  who.client.call(api.markRead, { params: { id: roomId }, body: { seq } });

async function pass(durationMs: number): Promise<void> {
  world.clock.advance(durationMs);
  await world.sweep();
}

describe('a message', () => {
  test('that nobody reads within five seconds is told to its receiver, once', async () => {
    await say(clara, 'Tomorrow at nine?');
    await pass(4 * secondMs);
    expect(await listOf(carl)).toEqual([]);
    await pass(secondMs);
    await pass(secondMs);
    await pass(60 * secondMs);
    const [told, ...more] = await listOf(carl);
    expect(more).toEqual([]);
    expect(told).toMatchObject({
      type: 'message.received',
      metadata: { roomId, personName: 'Clara', count: 1, preview: 'Tomorrow at nine?' },
    });
    expect(post.typesTo('push', carl)).toEqual(['message.received']);
    expect(post.sent.email).toEqual([]);
    expect(await listOf(clara)).toEqual([]);
  });

  test('that is read within five seconds is not', async () => {
    const { seq } = await say(clara, 'Hello?');
    await pass(2 * secondMs);
    await read(carl, seq);
    await pass(60 * secondMs);
    expect(await listOf(carl)).toEqual([]);
    expect(post.sent.push).toEqual([]);
  });

  test('that follows unread ones changes what was told, its count and its place, and pushes again but seldom', async () => {
    await say(clara, 'one');
    await pass(5 * secondMs);
    const [before] = await listOf(carl);
    for (const text of ['two', 'three', 'four']) await say(clara, text);
    await pass(5 * secondMs);
    const [told, ...more] = await listOf(carl);
    expect(more).toEqual([]);
    expect(told).toMatchObject({
      id: before!.id,
      timestamp: world.clock.now().toISOString(),
      metadata: { count: 4, preview: 'four' },
    });
    expect(post.sent.push).toHaveLength(1);
    await pass(5 * secondMs);
    expect(post.sent.push.map(({ notificationId }) => notificationId)).toEqual([told!.id, told!.id]);
    expect(post.sent.push[1]!.data.count).toBe(4);
    await pass(60 * secondMs);
    expect(post.sent.push).toHaveLength(2);
  });

  test('that comes after the notification was read or removed, but not the room, is told anew', async () => {
    await say(clara, 'one');
    await pass(5 * secondMs);
    await carl.client.call(notifications.readAll);
    await say(clara, 'two');
    await pass(15 * secondMs);
    expect(await listOf(carl)).toMatchObject([{ readStatus: 'unread', metadata: { count: 2 } }]);
    await carl.client.call(notifications.remove, { params: { id: (await listOf(carl))[0]!.id } });
    await say(clara, 'three');
    await pass(15 * secondMs);
    expect(await listOf(carl)).toMatchObject([{ readStatus: 'unread', metadata: { count: 3 } }]);
    expect(post.sent.push).toHaveLength(3);
  });

  test('of the system is not told: what happened has a notification of its own', async () => {
    await world.ctx.pool.query(
      `insert into messages (room_id, seq, id, kind, body, event, created_at)
       values ($1, 1, 'msg_system_${roomId}', 'system', 'The booking was confirmed.', $2, $3)`,
      [
        roomId,
        JSON.stringify({ type: 'booking.confirmed', bookingId: 'bkg_1', key: roomId }),
        world.clock.now(),
      ],
    );
    await world.ctx.pool.query('update rooms set last_seq = 1 where id = $1', [roomId]);
    await pass(10 * secondMs);
    expect(await listOf(carl)).toEqual([]);
  });

  test('that was deleted in time, and one between people who block each other, is not told', async () => {
    const { id } = await say(clara, 'oh no');
    await clara.client.call(api.remove, { params: { id } });
    await pass(10 * secondMs);
    await say(clara, 'again');
    await carl.client.call(api.block, { params: { id: clara.id } });
    await pass(10 * secondMs);
    expect(await listOf(carl)).toEqual([]);
  });

  test('that is held back is not told, and none of its words is', async () => {
    world.ctx.config.contactDetails = 'hold';
    onTestFinished(() => {
      world.ctx.config.contactDetails = 'flag';
    });
    expect((await say(clara, 'call me: +43 660 123 45 67')).isHeld).toBe(true);
    await pass(60 * secondMs);
    expect(await listOf(carl)).toEqual([]);
    await say(clara, 'are you there?');
    await pass(60 * secondMs);
    expect(await listOf(carl)).toMatchObject([{ metadata: { count: 1, preview: 'are you there?' } }]);
  });

  test('that is changed or deleted after it was told leaves none of its words there', async () => {
    for (const change of [
      (id: string) => clara.client.call(api.edit, { params: { id }, body: { message: 'never mind' } }),
      (id: string) => clara.client.call(api.remove, { params: { id } }),
    ]) {
      const { id } = await say(clara, 'the code is 1234');
      await pass(15 * secondMs);
      expect(JSON.stringify((await listOf(carl))[0])).toContain('1234');
      await change(id);
      expect(JSON.stringify(await listOf(carl))).not.toContain('1234');
    }
  });

  test('goes without its text where somebody wants that, and is in the list with it', async () => {
    await carl.client.call(notifications.changePreferences, { body: { hidesMessageText: true } });
    await say(clara, 'the key is under the mat');
    await pass(5 * secondMs);
    expect(post.sent.push).toHaveLength(1);
    expect(JSON.stringify(post.sent.push)).not.toContain('under the mat');
    expect((await listOf(carl))[0]!.metadata.preview).toBe('the key is under the mat');
  });

  test('is told by the message of both sides to both sides, each of the other', async () => {
    await say(clara, 'to Carl');
    await say(carl, 'to Clara');
    await pass(5 * secondMs);
    expect((await listOf(carl)).map(({ metadata }) => metadata.preview)).toEqual(['to Carl']);
    expect((await listOf(clara)).map(({ metadata }) => metadata.preview)).toEqual(['to Clara']);
  });
});

describe('reading a room', () => {
  test('reads what was told of it, tells the badge, and what comes next is told anew', async () => {
    const sockets = liveSockets(world);
    onTestFinished(() => sockets.stop());
    const device = await connectDevice(await sockets.listen(0, '127.0.0.1'), carl);
    await say(clara, 'one');
    const { seq } = await say(clara, 'two');
    await pass(5 * secondMs);
    const frame = await device.hear('notification');
    expect(frame).toMatchObject({ unread: 1, notification: { type: 'message.received', user: carl.id } });
    await read(carl, seq - 1);
    expect((await carl.client.call(notifications.unreadCount)).unread).toBe(1);
    await read(carl, seq);
    expect(await device.hear('unread')).toEqual({ type: 'unread', unread: 0 });
    expect((await listOf(carl))[0]).toMatchObject({ readStatus: 'read' });
    await say(clara, 'three');
    await pass(5 * secondMs);
    expect(await listOf(carl)).toMatchObject([
      { readStatus: 'unread', metadata: { count: 1 } },
      { readStatus: 'read', metadata: { count: 2 } },
    ]);
  });

  test('at the very moment of being told leaves no badge behind', async () => {
    for (let round = 0; round < 30; round += 1) {
      const { seq } = await say(clara, `round ${round}`);
      world.clock.advance(5 * secondMs);
      await Promise.all([notifyUnread(world.ctx), read(carl, seq)]);
      await notifyUnread(world.ctx);
      expect((await carl.client.call(notifications.unreadCount)).unread, `round ${round}`).toBe(0);
    }
  });
});

describe('looking for unread messages', () => {
  test('looks back as far as the oldest transaction that has written, so that no late commit is missed', async () => {
    const slow = new pg.Client({ connectionString: world.ctx.config.databaseUrl });
    await slow.connect();
    onTestFinished(() => slow.end());
    await slow.query('begin');
    await slow.query(
      `insert into messages (room_id, seq, id, sender_id, client_message_id, kind, body, created_at)
       values ($1, 1, $2, $3, 'slow-message', 'text', 'at last', $4)`,
      [roomId, `msg_slow_${roomId}`, clara.id, world.clock.now()],
    );
    await slow.query('update rooms set last_seq = 1 where id = $1', [roomId]);
    // The clock of the rules stands still while that of the database runs: so long has the commit taken.
    await slow.query('select pg_sleep(0.5)');
    await pass(6 * secondMs);
    const { rows } = await world.ctx.pool.query('select looked_until from message_looks');
    expect(world.clock.now().getTime() - rows[0].looked_until.getTime()).toBeGreaterThan(5500);
    expect(await listOf(carl)).toEqual([]);
    await slow.query('commit');
    await pass(secondMs);
    expect(await listOf(carl)).toHaveLength(1);
    await pass(secondMs);
    const after = await world.ctx.pool.query('select looked_until from message_looks');
    expect(world.clock.now().getTime() - after.rows[0].looked_until.getTime()).toBeLessThan(5500);
  });

  test('by several at once tells each once, in many rooms', async () => {
    const rooms = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const other = await createPerson(world, { role: 'contractor' });
        return { other, room: await openRoomOf(clara, other) };
      }),
    );
    await Promise.all(
      rooms.map(({ room }) =>
        clara.client.call(api.send, {
          params: { id: room.id },
          body: { clientMessageId: newName(), message: 'Hello' },
        }),
      ),
    );
    world.clock.advance(5 * secondMs);
    await Promise.all(Array.from({ length: 6 }, () => notifyUnread(world.ctx)));
    await notifyUnread(world.ctx);
    await world.drain();
    for (const { other } of rooms) expect(await listOf(other)).toHaveLength(1);
    expect(post.sent.push).toHaveLength(20);
  });
});
