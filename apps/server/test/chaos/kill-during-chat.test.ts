import { setTimeout as wait } from 'node:timers/promises';
import type { Room } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomFrom } from '../../demo/random.ts';
import { createPerson, type Person } from '../people.ts';
import { connectDevice, type Device, newName, openRoomOf } from '../talk.ts';
import { patiently } from './patiently.ts';
import { type Inside, prepareSite, type Site } from './site.ts';
import { storedIn } from './talkers.ts';

const pairs = 20;
const messagesPerPair = 500;
const kills = 3;

let site: Site;
let world: Inside;

beforeAll(async () => {
  site = await prepareSite();
  await site.start();
  world = await site.lookInside();
});
afterAll(() => site?.clear());

type Side = { person: Person; room: Room; acknowledged: Map<string, number> };

/** Sends until everything is acknowledged: over a new connection after each death, under the same names. */
async function insist(side: Side, names: readonly string[]): Promise<void> {
  for (;;) {
    const missing = names.filter((name) => !side.acknowledged.has(name));
    if (missing.length === 0) return;
    const device = await dial(side.person);
    if (device === undefined) continue;
    const closed = new Promise((resolve) => device.socket.once('close', resolve));
    for (let at = 0; at < missing.length && device.socket.readyState === device.socket.OPEN; at += 20)
      await Promise.race([
        Promise.all(missing.slice(at, at + 20).map((name) => send(side, device, name))),
        closed,
      ]);
    device.socket.terminate();
  }
}

async function send(side: Side, device: Device, name: string): Promise<void> {
  const answer = await device
    .ask({ type: 'send', roomId: side.room.id, clientMessageId: name, message: name })
    .catch(() => undefined);
  if (answer?.type === 'accepted') side.acknowledged.set(name, answer.seq);
  else if (answer !== undefined) throw new Error(JSON.stringify(answer));
}

const dial = (person: Person): Promise<Device | undefined> =>
  connectDevice(site.socketPort, person).catch(async () => {
    await wait(50);
    return undefined;
  });

test('killed with -9 in the middle of 10,000 messages: each acknowledged one is there, once, where it was said to be', {
  timeout: 180_000,
}, async () => {
  const random = randomFrom(20_261_124);
  const sides: Side[] = [];
  for (let index = 0; index < pairs; index += 1) {
    const ada = await createPerson(world, { role: 'customer' });
    const carl = await createPerson(world, { role: 'contractor' });
    const room = await patiently(() => openRoomOf(ada, carl));
    for (const person of [ada, carl]) sides.push({ person, room, acknowledged: new Map() });
  }
  const half = messagesPerPair / 2;
  const sending = sides.map((side) => insist(side, Array.from({ length: half }, newName)));
  let interrupted = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await wait(100 + random.below(300));
    interrupted += sides.filter(({ acknowledged }) => acknowledged.size < half).length;
    await site.kill();
    await site.start();
  }
  await Promise.all(sending);
  expect(interrupted).toBeGreaterThan(0);
  await world.ctx.db.deleteFrom('rate_limits').execute();
  for (const { person, room } of sides.filter((_one, index) => index % 2 === 0)) {
    const messages = await storedIn(room, person);
    expect(messages.map(({ seq }) => seq)).toEqual(
      Array.from({ length: messagesPerPair }, (_, at) => at + 1),
    );
    expect(new Set(messages.map(({ message }) => message)).size).toBe(messagesPerPair);
    const places = new Map(messages.map(({ message, seq }) => [message, seq]));
    for (const side of sides.filter((one) => one.room.id === room.id))
      for (const [name, seq] of side.acknowledged) expect(places.get(name)).toBe(seq);
  }
});
