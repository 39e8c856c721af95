import { setTimeout as wait } from 'node:timers/promises';
import { accounts, type Room } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { createPerson, type Person } from '../people.ts';
import { ownRedis, type RedisServer } from '../redis-server.ts';
import { openRoomOf } from '../talk.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { patiently } from './patiently.ts';
import { type Inside, prepareSite, type Site } from './site.ts';
import { connectTalker, expectWhole, say, type Talker } from './talkers.ts';

/* Two real server processes, one database and one Redis, of which anything may die. */

const ownedRedis = await ownRedis();
if (ownedRedis === undefined)
  console.warn('SKIPPED: two servers whose Redis dies, since there is no redis-server on the PATH');
const redis = ownedRedis as RedisServer;

let database: TestDatabase;
let first: Site;
let second: Site;
let balancer: Balancer;
let world: Inside;
const talkers: Talker[] = [];

/** As in production: what is not here is somewhere else. Nothing of it is needed for talking. */
const elsewhere = {
  STRIPE_SECRET_KEY: 'sk_test_unused0000000000',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_unused0000000000',
  STRIPE_WEBHOOK_SECRET: 'whsec_unused0000000000',
  STRIPE_API_BASE: 'http://127.0.0.1:9',
  SMTP_URL: 'smtp://127.0.0.1:9',
};

describe.skipIf(ownedRedis === undefined)('two servers', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = { ...elsewhere, DATABASE_URL: database.url, REDIS_URL: redis.url };
    first = await prepareSite(settings);
    second = await prepareSite(settings);
    await Promise.all([first.start(), second.start()]);
    balancer = await startBalancer([first.socketPort, second.socketPort]);
    world = await first.lookInside();
  });
  afterAll(async () => {
    await balancer?.close();
    await first?.clear();
    await second?.clear();
    await database?.drop();
    await redis.kill();
  });
  afterEach(() => {
    for (const { chat } of talkers.splice(0)) chat.close();
  });

  test('of which each dies, restarts and loses Redis: nothing is lost, doubled or moved on any device', {
    timeout: 240_000,
  }, async () => {
    const rooms = [await meet(), await meet(), await meet()].map(({ ada, carl, room }) =>
      [ada, ada, carl, carl].map((person) => connect(balancer.port, person, room)),
    );
    for (const [name, trouble] of Object.entries(troubles))
      await Promise.all([
        trouble(),
        ...rooms.flat().map((talker, index) => chatter(talker, `${name} ${index}`)),
      ]);
    for (const room of rooms) await expectWhole(room);
    for (const talker of rooms.flat()) talker.chat.markRead(talker.room.id, talker.heard.length);
    await expectToAgree(rooms, true);
    // Who was with a dead one, and does not come back, is gone; so is who was with one that has stopped since.
    await second.kill();
    for (const [, , ...carls] of rooms) for (const { chat } of carls) chat.close();
    await expectToAgree(
      rooms.map((room) => room.slice(0, 2)),
      false,
    );
    await second.start();
  });

  test('go on without Redis, within five seconds, and what only it could tell is told when it is back', async () => {
    const { ada, carl, room } = await meet();
    const { ada: eve, room: herRoom } = await meet();
    await redis.kill();
    const mine = connect(first.socketPort, ada, room);
    const other = connect(second.socketPort, carl, room);
    const hers = connect(second.socketPort, eve, herRoom);
    const chats = [mine, other, hers].map(({ chat }) => chat);
    await expect.poll(() => chats.map(({ state }) => state)).toEqual(chats.map(() => 'ready'));
    const [slowest, closed] = await Promise.all([slowestOf(mine, other, 4), untilClosed(eve, hers)]);
    expect(slowest).toBeLessThan(5_000);
    expect(closed).toBeLessThan(5_000);
    // At once would mean that they are not apart.
    expect(slowest).toBeGreaterThan(100);
    await expectWhole([mine, other]);
    other.chat.markRead(room.id, 4);
    const readSeq = () => other.chat.rooms()[0]?.readSeq;
    await expect.poll(readSeq).toBe(4);
    expect(mine.chat.rooms()).toMatchObject([{ otherReadSeq: 0, presence: { isOnline: false } }]);
    await redis.start();
    await expect
      .poll(() => mine.chat.rooms())
      .toMatchObject([{ otherReadSeq: 4, presence: { isOnline: true } }]);
    await expect.poll(() => other.chat.rooms()).toMatchObject([{ presence: { isOnline: true } }]);
  });
});

/** Of so many messages: how long the slowest takes from being acknowledged here to being heard there, in ms. */
async function slowestOf(from: Talker, to: Talker, count: number): Promise<number> {
  const delays: number[] = [];
  for (let number = 1; number <= count; number += 1) {
    const heard = new Promise((resolve) => to.chat.on('message', resolve));
    await say(from, `without Redis ${number}`);
    const startedAt = performance.now();
    await heard;
    delays.push(performance.now() - startedAt);
  }
  return Math.max(...delays);
}

/** Ends the session with the first server; how long it takes until the device, with the second, is closed, in ms. */
async function untilClosed(person: Person, { chat }: Talker): Promise<number> {
  const over = new Promise<string>((resolve) => chat.on('error', ({ code }) => resolve(code)));
  await patiently(() => person.client.call(accounts.logout));
  const startedAt = performance.now();
  expect(await over).toBe('session_over');
  return performance.now() - startedAt;
}

const troubles: Record<string, () => Promise<void>> = {
  'a server dies': async () => {
    await wait(200);
    await first.kill();
    await first.start();
  },
  'Redis dies': async () => {
    await wait(200);
    await redis.kill();
    await wait(1_500);
    await redis.start();
  },
  'Redis freezes': async () => {
    redis.freeze();
    await wait(3_000);
    redis.thaw();
  },
  'Redis forgets': async () => {
    await wait(200);
    await redis.flush();
  },
  'one after the other restarts': async () => {
    for (const site of [first, second]) {
      expect(await site.terminate()).toBe(0);
      await site.start();
    }
  },
};

async function meet(): Promise<{ ada: Person; carl: Person; room: Room }> {
  const ada = await createPerson(world, { role: 'customer' });
  const carl = await createPerson(world, { role: 'contractor' });
  return { ada, carl, room: await patiently(() => openRoomOf(ada, carl)) };
}

function connect(port: number, person: Person, room: Room): Talker {
  const talker = connectTalker(port, person, room);
  talkers.push(talker);
  return talker;
}

/** Some at once and some later, so that there is always something under way. */
async function chatter(talker: Talker, name: string): Promise<void> {
  const saying: Promise<void>[] = [];
  for (let burst = 0; burst < 8; burst += 1) {
    for (let index = 0; index < 5; index += 1) saying.push(say(talker, `${name} ${burst}.${index}`));
    await wait(150);
  }
  await Promise.all(saying);
}

/** Every device shows that all is read, and the same of whether the other is there. */
async function expectToAgree(rooms: readonly Talker[][], isOnline: boolean): Promise<void> {
  for (const { chat, heard } of rooms.flat())
    await expect
      .poll(() => chat.rooms()[0])
      .toMatchObject({
        readSeq: heard.length,
        otherReadSeq: heard.length,
        unread: 0,
        presence: { isOnline },
      });
}
