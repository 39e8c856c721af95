import { setTimeout as wait } from 'node:timers/promises';
import { chat, type Room } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { liveSockets } from '../../test/live.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { ownRedis, type RedisServer } from '../../test/redis-server.ts';
import { connectDevice, type Device, newName, openRoomOf } from '../../test/talk.ts';
import { startWorld, type World } from '../../test/world.ts';
import { closeContext, createContext } from '../context.ts';
import { createRedisBus } from '../vendors/redis.ts';
import type { Sockets } from '../ws/sockets.ts';
import { createChat } from './chat.ts';

/* Two servers on one database, joined by Redis: what holds in one process holds between them. */

const redis: RedisServer | undefined = await ownRedis();
if (redis === undefined)
  console.warn('SKIPPED: chat between processes, since there is no redis-server on the PATH');

let first: World;
const servers: { port: number; sockets: Sockets; stop(): Promise<void> }[] = [];
let ada: Person;
let carl: Person;
let room: Room;

/** One more server process, as far as the chat goes. */
async function startServer(): Promise<void> {
  const config = { ...first.ctx.config, redisUrl: redis!.url };
  const ctx = createContext(config, first.clock, first.ctx.log);
  const sockets = liveSockets({ ...first, ctx, chat: createChat(ctx) });
  servers.push({
    port: await sockets.listen(0, '127.0.0.1'),
    sockets,
    stop: async () => {
      await sockets.stop();
      await closeContext(ctx);
    },
  });
}

describe.skipIf(redis === undefined)('two processes', () => {
  beforeAll(async () => {
    first = await startWorld();
    await startServer();
    await startServer();
  }, 30_000);
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await first?.stop();
    await redis?.kill();
  });
  beforeEach(async () => {
    ada = await createPerson(first, { role: 'customer' });
    carl = await createPerson(first, { role: 'contractor' });
    room = await openRoomOf(ada, carl);
  });

  const say = (device: Device, message: string, clientMessageId = newName()) =>
    device.ask({ type: 'send', roomId: room.id, clientMessageId, message });
  const pair = async () =>
    [await connectDevice(servers[0]!.port, ada), await connectDevice(servers[1]!.port, carl)] as const;
  const heardText = (device: Device, text: string) =>
    device.hear('message', ({ message }) => message.message === text);

  test('a worker of its own knows who is connected to them, and takes everybody for it when it cannot know', async () => {
    const [mine] = await pair();
    const bus = createRedisBus(redis!.url, first.ctx.log);
    const among = () => bus.whoIsConnected([ada.id, carl.id, 'usr_nobody'], first.clock.now());
    // Asked before it has ever been connected itself.
    expect(await among()).toEqual(new Set([ada.id, carl.id, 'usr_nobody']));
    await expect.poll(among).toEqual(new Set([ada.id, carl.id]));
    bus.publish({ to: [ada.id], frame: JSON.stringify({ type: 'unread', unread: 7 }) });
    expect(await mine.hear('unread')).toEqual({ type: 'unread', unread: 7 });
    bus.close();
  });

  test('share messages, receipts, typing and presence', async () => {
    const [mine, other] = await pair();
    expect(await mine.hear('presence')).toMatchObject({ userId: carl.id, isOnline: true });
    await say(mine, 'hello');
    await heardText(other, 'hello');
    await other.ask({ type: 'read', roomId: room.id, seq: 1 });
    expect(await mine.hear('receipt')).toMatchObject({ userId: carl.id, readSeq: 1 });
    await other.ask({ type: 'typing', roomId: room.id, isTyping: true });
    expect(await mine.hear('typing')).toMatchObject({ userId: carl.id });
    const third = await connectDevice(servers[0]!.port, carl);
    await other.close();
    await third.close();
    expect(await mine.hear('presence', ({ isOnline }) => !isOnline)).toMatchObject({ userId: carl.id });
    expect(mine.heard.filter((frame) => frame.type === 'presence').length).toBe(2);
    await mine.close();
  });

  test('write one message of one name, whichever gets it first, and places without gaps', async () => {
    const devices = [
      await connectDevice(servers[0]!.port, ada),
      await connectDevice(servers[1]!.port, ada),
    ] as const;
    const rounds = 150;
    for (let round = 0; round < rounds; round += 1) {
      const name = newName();
      const [one, two] = await Promise.all(devices.map((device) => say(device, `${round}`, name)));
      expect({ ...one, id: '' }).toEqual({ ...two, id: '' });
    }
    const { messages, lastSeq } = await carl.client.call(chat.history, {
      params: { id: room.id },
      query: { limit: '100' },
    });
    expect([lastSeq, messages.at(-1)!.message]).toEqual([rounds, `${rounds - 1}`]);
    for (const device of devices) await device.close();
  });

  test('tell each other within five seconds while Redis is away, and at once when it is back', async () => {
    const [mine, other] = await pair();
    await redis!.kill();
    for (let index = 0; index < 5; index += 1)
      expect(await say(mine, `without ${index}`)).toMatchObject({ type: 'accepted', seq: index + 1 });
    // The world's clock stands still, so all of it is recent; what is measured is that it comes at all, by itself.
    for (let index = 0; index < 5; index += 1) await heardText(other, `without ${index}`);
    await redis!.start();
    const isQuick = async () => {
      const text = newName();
      await say(mine, text);
      return Promise.race([heardText(other, text).then(() => true), wait(500).then(() => false)]);
    };
    // Once could be chance: the database is looked at every three seconds.
    const areQuick = async () => (await isQuick()) && (await isQuick()) && (await isQuick());
    await expect.poll(areQuick).toBe(true);
    const { lastSeq } = await carl.client.call(chat.history, { params: { id: room.id }, query: {} });
    await expect
      .poll(
        () =>
          new Set(other.heard.flatMap((frame) => (frame.type === 'message' ? [frame.message.seq] : []))).size,
        { timeout: 8_000 },
      )
      .toBe(lastSeq);
    await mine.close();
    await other.close();
  });

  test('contradict who says that somebody is gone, since Redis forgot where they are', async () => {
    const [mine, other] = await pair();
    const shown = () => mine.heard.findLast((frame) => frame.type === 'presence')?.isOnline;
    await expect.poll(shown).toBe(true);
    const beside = await connectDevice(servers[0]!.port, carl);
    await beside.close();
    // Short before the server looks where else they are.
    await wait(400);
    await redis!.flush();
    await mine.hear('presence', ({ isOnline }) => !isOnline);
    await expect.poll(shown).toBe(true);
    await mine.close();
    await other.close();
  });

  test('that were started while Redis was away find each other once it is there', async () => {
    await redis!.kill();
    await startServer();
    const late = servers.at(-1)!;
    // Longer than any command would wait.
    await wait(3_000);
    await redis!.start();
    const mine = await connectDevice(servers[0]!.port, ada);
    const other = await connectDevice(late.port, carl);
    const isQuick = async () => {
      const text = newName();
      await say(mine, text);
      return Promise.race([heardText(other, text).then(() => true), wait(500).then(() => false)]);
    };
    // Once could be chance: the database is looked at every three seconds.
    const areQuick = async () => (await isQuick()) && (await isQuick()) && (await isQuick());
    await expect.poll(areQuick).toBe(true);
    await mine.close();
    await other.close();
  });
});
