import { chat, type Room } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakePusher, startFakePusher } from '../../../test/fake-pusher.ts';
import { createPerson, type Person } from '../../../test/people.ts';
import { ownRedis, type RedisServer } from '../../../test/redis-server.ts';
import { newName, openRoomOf } from '../../../test/talk.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { createChat } from '../../chat/chat.ts';
import { closeContext, createContext } from '../../context.ts';
import { createLog } from '../../log.ts';
import { type Bridge, bridgeChat } from './bridge.ts';

let pusher: FakePusher;
let world: World;
let bridge: Bridge;
let ada: Person;
let carl: Person;
let room: Room;
const lines: string[] = [];

beforeAll(async () => {
  pusher = await startFakePusher();
  world = await startWorld({ config: { pusher: pusher.config } });
  ada = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
  room = await openRoomOf(ada, carl);
});
afterAll(async () => {
  await world.stop();
  await pusher.stop();
});
beforeEach(() => {
  pusher.behave();
  lines.length = 0;
});

const channelOf = (person: Person) => `private-user-${person.id}`;
const send = (message: string) =>
  ada.client.call(chat.send, { params: { id: room.id }, body: { clientMessageId: newName(), message } });
const start = () => {
  const log = createLog('warn', { write: (line) => void lines.push(line) });
  bridge = bridgeChat({ ...world.ctx, log });
};
/** What was told by then, in order of channel and name. */
const told = async () => {
  await bridge.stop();
  return pusher.events.toSorted((one, other) =>
    `${one.channel} ${one.name}`.localeCompare(`${other.channel} ${other.name}`),
  );
};

describe('what the chat tells live', () => {
  test('is told at Pusher as well: a message to both of its people, as on the socket', async () => {
    start();
    const message = await send('hello');
    const events = await told();
    expect(new Set(events.map((one) => one.channel))).toEqual(new Set([channelOf(ada), channelOf(carl)]));
    for (const event of events) expect(event).toMatchObject({ name: 'message', data: { message } });
    expect(events).toHaveLength(2);
  });

  test('is told for receipts, changes and new rooms', async () => {
    start();
    const message = await send('helo');
    await ada.client.call(chat.edit, { params: { id: message.id }, body: { message: 'hello' } });
    await carl.client.call(chat.markRead, { params: { id: room.id }, body: { seq: message.seq } });
    const somebody = await createPerson(world, { role: 'contractor' });
    await openRoomOf(ada, somebody);
    const events = await told();
    const toCarl = events.filter((one) => one.channel === channelOf(carl));
    expect(toCarl.map((one) => one.name)).toEqual(['message', 'message', 'receipt']);
    expect(toCarl[2]!.data).toMatchObject({ roomId: room.id, userId: carl.id, readSeq: message.seq });
    expect(events.filter((one) => one.channel === channelOf(somebody)).map((one) => one.name)).toEqual([
      'room',
    ]);
  });

  test('is not told for typing, presence and what is told as a notification anyway', async () => {
    start();
    for (const type of ['typing', 'presence', 'notification', 'error'])
      world.ctx.bus.publish({ to: [ada.id], frame: JSON.stringify({ type, message: { type: 'message' } }) });
    world.ctx.bus.publish({ to: [ada.id], frame: 'no frame at all' });
    expect(await told()).toEqual([]);
  });

  test('above ten kilobytes is told by its place', async () => {
    start();
    const message = await send('漢'.repeat(4000));
    for (const { data } of await told()) expect(data).toEqual({ roomId: room.id, seq: message.seq });
    expect(pusher.events).toHaveLength(2);
  });

  test('goes ten at a time', async () => {
    start();
    // Published in one turn: how many messages share a commit is up to the machine.
    for (let index = 0; index < 50; index += 1)
      world.ctx.bus.publish({
        to: [ada.id, carl.id],
        frame: JSON.stringify({ type: 'receipt', roomId: room.id }),
      });
    expect(await told()).toHaveLength(100);
    expect(pusher.batches).toEqual(Array(10).fill(10));
  });
});

describe('the chat', () => {
  test('does not wait for a Pusher that hangs, and what does not fit is dropped', async () => {
    start();
    const hanging = Promise.withResolvers<number>();
    pusher.behave(() => hanging.promise);
    const frame = JSON.stringify({ type: 'receipt', roomId: room.id });
    for (let index = 0; index < 1500; index += 1) world.ctx.bus.publish({ to: [ada.id], frame });
    expect((await send('goes on')).message).toBe('goes on');
    await expect.poll(() => bridge.waiting()).toBeLessThanOrEqual(1000);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', reason: 'overflow' });
    hanging.resolve(200);
    await bridge.stop();
    expect(bridge.waiting()).toBe(0);
    expect(pusher.events.length).toBeGreaterThanOrEqual(1000);
    expect(pusher.events.length).toBeLessThan(1500);
  });

  test('goes on when Pusher fails; that is said once a minute and without a secret', async () => {
    start();
    pusher.behave(() => 503);
    for (const text of ['one', 'two', 'three']) await send(text);
    await bridge.stop();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', reason: 'unavailable' });
    expect(lines[0]).not.toMatch(/auth_|one|7ad3773142a6692b25b8/);
  });

  test('tells nothing where Pusher is not configured', async () => {
    bridge = bridgeChat({ ...world.ctx, pusher: undefined });
    await send('hello');
    expect(await told()).toEqual([]);
  });
});

const redis: RedisServer | undefined = await ownRedis();
if (redis === undefined)
  console.warn('SKIPPED: Pusher between processes, since there is no redis-server on the PATH');

describe.skipIf(redis === undefined)('two processes', () => {
  afterAll(() => redis?.kill());

  test('tell every message once, whichever of them took it', async () => {
    const config = { ...world.ctx.config, redisUrl: redis!.url };
    const contexts = [1, 2].map(() => createContext(config, world.clock, world.ctx.log));
    const bridges = contexts.map((ctx) => bridgeChat(ctx));
    const heard: string[] = [];
    contexts[1]!.bus.subscribe(({ frame }, isOwn) => void (isOwn || heard.push(frame)));
    const actor = { userId: ada.id, role: 'customer' as const, sessionId: 'ses_x', hasSecondFactor: false };
    const first = createChat(contexts[0]!);
    const say = (message: string) =>
      first.send(actor, { roomId: room.id, clientMessageId: newName(), message });
    // Redis passes on what is said once the other process listens: that it does is what is waited for.
    await expect
      .poll(async () => {
        await say('are you there?');
        return heard.length;
      })
      .toBeGreaterThan(0);
    await say('hello');
    await expect.poll(() => heard.some((frame) => frame.includes('"hello"'))).toBe(true);
    await Promise.all(bridges.map((one) => one.stop()));
    const hello = pusher.events.filter((one) => JSON.stringify(one.data).includes('"hello"'));
    expect(hello.map((one) => one.channel).toSorted()).toEqual([channelOf(ada), channelOf(carl)].toSorted());
    await Promise.all(contexts.map(closeContext));
  });
});
