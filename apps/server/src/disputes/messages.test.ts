import { admin as adminApi, chat, disputes } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openCase } from '../../test/disputed.ts';
import { refusal } from '../../test/jobs.ts';
import { createPair, type MoneyWorld, type Pair, startMoneyWorld } from '../../test/money-world.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { newName, openRoomOf } from '../../test/talk.ts';

/* Whoever decides a dispute sees what its two sides wrote to each other. */

let world: MoneyWorld;
let pair: Pair;
let grace: Person;
beforeAll(async () => {
  world = await startMoneyWorld({ config: { contactDetails: 'hold' } });
  grace = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  pair = await createPair(world);
});

const read = (id: string, query: Record<string, string> = {}, by = grace) =>
  by.client.call(disputes.listMessages, { params: { id }, query });
const say = (person: Person, roomId: string, message: string) =>
  person.client.call(chat.send, {
    params: { id: roomId },
    body: { clientMessageId: newName(), message },
  });
const readings = async (subject: string) =>
  (await grace.client.call(adminApi.listActions, { query: { action: 'message.read', subject } })).items;

test('all of it: both sides, what was held back with its words, what was deleted without', async () => {
  const { id: roomId } = await openRoomOf(pair.customer, pair.contractor);
  await say(pair.customer, roomId, 'Call me: +43 660 123 45 67');
  await say(pair.contractor, roomId, 'Two coats, as in the quote');
  const { id: deletedId } = await say(pair.contractor, roomId, 'Or one');
  await pair.contractor.client.call(chat.remove, { params: { id: deletedId } });
  const { dispute } = await openCase(world, pair);
  await world.settle();
  const page = await read(dispute.id);
  expect(page).toMatchObject({ roomId, hasMore: false });
  const named = ({ id, name }: Person) => ({ id, name });
  expect(page.messages.slice(0, 3)).toMatchObject([
    {
      seq: 1,
      message: 'Call me: +43 660 123 45 67',
      isHeld: true,
      sender: named(pair.customer),
      receiver: named(pair.contractor),
    },
    { seq: 2, message: 'Two coats, as in the quote', sender: named(pair.contractor) },
    { seq: 3, message: '', deletedAt: expect.any(String) },
  ]);
  // What the platform said of the booking stands between: nobody has to look for the order elsewhere.
  expect(page.messages.at(-1)).toMatchObject({
    kind: 'system',
    sender: null,
    receiver: null,
    event: { type: 'dispute.opened' },
  });
  expect(await readings(dispute.id)).toMatchObject([
    { admin: { id: grace.id }, details: { messageIds: page.messages.map(({ id }) => id) } },
  ]);
});

test('in pages by seq, as the two themselves read it', async () => {
  const { id: roomId } = await openRoomOf(pair.customer, pair.contractor);
  for (let index = 1; index <= 5; index += 1) await say(pair.customer, roomId, `Word ${index}`);
  const { dispute } = await openCase(world, pair);
  const first = await read(dispute.id, { afterSeq: '0', limit: '3' });
  expect(first).toMatchObject({ hasMore: true, messages: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] });
  expect(await read(dispute.id, { beforeSeq: '3', limit: '1' })).toMatchObject({
    hasMore: true,
    messages: [{ seq: 2 }],
  });
  expect(await refusal(read(dispute.id, { afterSeq: '1', beforeSeq: '3' }))).toBe('validation_failed');
});

test('of two who never wrote, nothing; and nothing was read', async () => {
  const { dispute } = await openCase(world, pair);
  await world.ctx.db.deleteFrom('room_members').execute();
  await world.ctx.db.deleteFrom('rooms').where('customer_id', '=', pair.customer.id).execute();
  expect(await read(dispute.id)).toEqual({ roomId: null, messages: [], lastSeq: 0, hasMore: false });
  expect(await readings(dispute.id)).toEqual([]);
});

test('is for admins: not for the sides, and of no dispute there is nothing', async () => {
  const { dispute } = await openCase(world, pair);
  for (const person of [pair.customer, pair.contractor])
    expect(await refusal(read(dispute.id, {}, person))).toBe('forbidden');
  expect(await refusal(read(`dsp_${'0'.repeat(22)}`))).toBe('not_found');
  const stranger = await fetch(`${world.url}/api/admin/disputes/${dispute.id}/messages`);
  expect(stranger.status).toBe(401);
});
