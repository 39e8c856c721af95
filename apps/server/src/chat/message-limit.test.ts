import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPerson, forgetRateLimits } from '../../test/people.ts';
import { actorOf, outcomeOf } from '../../test/races.ts';
import { newName, openRoomOf } from '../../test/talk.ts';
import { startWorld, type World } from '../../test/world.ts';
import { minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { type Chat, createChat } from './chat.ts';
import { createMessageLimit } from './message-limit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ config: { logLevel: 'silent' } });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

/** As one of several processes on one database has it. */
const joined = (): Ctx => ({
  ...world.ctx,
  config: { ...world.ctx.config, redisUrl: 'redis://127.0.0.1:1' },
});
let people = 0;
const newPerson = () => {
  people += 1;
  return `usr_${people}`;
};

/** How many of these go through. */
function passing(requirePlace: (userId: string) => void, userId: string, count: number): number {
  let passed = 0;
  for (let index = 0; index < count; index += 1)
    try {
      requirePlace(userId);
      passed += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'rate_limited' });
    }
  return passed;
}

const sharedOf = async (userId: string): Promise<number> => {
  const row = await world.ctx.db
    .selectFrom('rate_limits')
    .select('taken')
    .where('key', '=', `chat-message:${userId}`)
    .executeTakeFirst();
  return row?.taken ?? 0;
};
const expectShared = (userId: string, taken: number) => expect.poll(() => sharedOf(userId)).toBe(taken);

test('one process lets 600 a minute through, and asks nobody', async () => {
  const [limit, person] = [createMessageLimit(world.ctx), newPerson()];
  expect(passing(limit, person, 700)).toBe(600);
  world.clock.advance(minuteMs);
  expect(passing(limit, person, 700)).toBe(600);
  expect(await sharedOf(person)).toBe(0);
});

test('several processes let as many through together, once they have told each other', async () => {
  const [one, other, person] = [createMessageLimit(joined()), createMessageLimit(joined()), newPerson()];
  expect(passing(one, person, 400)).toBe(400);
  await expectShared(person, 400);
  expect(passing(other, person, 1)).toBe(1);
  await expectShared(person, 401);
  // The total comes back with the same statement, a moment after it is committed; until then more would pass.
  let more = 1;
  const send = () => {
    const passed = passing(other, person, 10);
    more += passed;
    return passed;
  };
  await expect.poll(send, { interval: 20 }).toBe(0);
  expect(more).toBe(200);
  await expectShared(person, 600);
  // The first has not heard of it yet, and does with what it tells next.
  expect(passing(one, person, 1)).toBe(1);
  await expectShared(person, 601);
  await expect.poll(() => passing(one, person, 1), { interval: 20 }).toBe(0);
});

test('so two servers on one database answer the 601st message of a minute, whichever gets it', async () => {
  const ada = await createPerson(world, { role: 'customer' });
  const { id: roomId } = await openRoomOf(ada, await createPerson(world, { role: 'contractor' }));
  const [one, other] = [createChat(joined()), createChat(joined())];
  const send = (chat: Chat) =>
    outcomeOf(chat.send(actorOf(ada), { roomId, clientMessageId: newName(), message: 'Hello' }));
  const first = await Promise.all(Array.from({ length: 600 }, () => send(one)));
  expect(new Set(first)).toEqual(new Set(['done']));
  expect(await send(one)).toBe('rate_limited');
  await expectShared(ada.id, 600);
  // It counts what it let through before it has heard, and hears at the latest a second later.
  expect(await send(other)).toBe('done');
  await expect.poll(() => send(other), { interval: 100 }).toBe('rate_limited');
});

test('what one person may does not depend on what another did', async () => {
  const [one, other] = [createMessageLimit(joined()), createMessageLimit(joined())];
  const [busy, quiet] = [newPerson(), newPerson()];
  expect(passing(one, busy, 700)).toBe(600);
  await expectShared(busy, 600);
  expect(passing(other, quiet, 600)).toBe(600);
});

test('the window that all share ends for all, and opens anew', async () => {
  const [one, other, person] = [createMessageLimit(joined()), createMessageLimit(joined()), newPerson()];
  passing(one, person, 600);
  await expectShared(person, 600);
  world.clock.advance(minuteMs / 2);
  passing(other, person, 1);
  await expectShared(person, 601);
  // It began with the first message of the first process.
  world.clock.advance(minuteMs / 2);
  await expect.poll(() => passing(other, person, 1)).toBe(1);
  expect(passing(one, person, 1)).toBe(1);
  await expectShared(person, 2);
});

test('while the database is away each process counts alone, and tells later', async () => {
  const whole = joined();
  let isAway = true;
  const warnings: unknown[] = [];
  const ctx: Ctx = {
    ...whole,
    log: { ...whole.log, warn: (about: unknown) => warnings.push(about) } as unknown as Ctx['log'],
    get db() {
      if (isAway) throw new Error('away');
      return whole.db;
    },
  };
  const [limit, person] = [createMessageLimit(ctx), newPerson()];
  expect(passing(limit, person, 10)).toBe(10);
  await expect.poll(() => warnings.length).toBe(1);
  isAway = false;
  expect(passing(limit, person, 700)).toBe(590);
  await expectShared(person, 600);
});
