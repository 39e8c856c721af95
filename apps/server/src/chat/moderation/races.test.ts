import { chat, type Room } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson, type Person } from '../../../test/people.ts';
import { actorOf, longTest, outcomeOf } from '../../../test/races.ts';
import { newName, openRoomOf } from '../../../test/talk.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { type Ctx, closeContext, createContext } from '../../context.ts';
import type { MessageRow } from '../../db/tables/chat.ts';
import { deleteMessage, editMessage } from '../change.ts';
import { type Chat, createChat } from '../chat.ts';
import { releaseMessage } from './release.ts';
import { removeMessage } from './remove.ts';

/* What happens when an admin decides about a message while its sender changes it, in two processes. */

const rounds = 60;
const secret = 'Call +43 660 123 45 67';

let world: World;
let other: Ctx;
let otherChat: Chat;
let ada: Person;
let carl: Person;
let grace: Person;
let room: Room;
beforeAll(async () => {
  world = await startWorld({ config: { contactDetails: 'hold' } });
  other = createContext(world.ctx.config, world.clock, world.ctx.log);
  otherChat = createChat(other);
  ada = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
  grace = await createPerson(world, { role: 'admin' });
  room = await openRoomOf(ada, carl);
});
afterAll(async () => {
  await closeContext(other);
  await world.stop();
});

type Deed = 'release' | 'remove' | 'edit' | 'tame' | 'delete';

const deeds: Record<Deed, (id: string) => Promise<unknown>> = {
  release: (id) => releaseMessage(other, otherChat, actorOf(grace), id, 1),
  remove: (id) => removeMessage(other, otherChat, actorOf(grace), id, 'Leads past us.'),
  edit: (id) => editMessage(world.ctx, world.chat, actorOf(ada), id, `${secret} now`),
  tame: (id) => editMessage(world.ctx, world.chat, actorOf(ada), id, 'Good morning'),
  delete: (id) => deleteMessage(world.ctx, world.chat, actorOf(ada), id),
};

/** All of them at once, in an order that changes from round to round; answers who got through, and what is left. */
async function race(round: number, names: readonly Deed[]) {
  const { id } = await ada.client.call(chat.send, {
    params: { id: room.id },
    body: { clientMessageId: newName(), message: secret },
  });
  const turned = names.map((_, index) => names[(index + round) % names.length]!);
  const outcomes = await Promise.all(turned.map((name) => outcomeOf(deeds[name](id))));
  const done = new Set(turned.filter((_, index) => outcomes[index] === 'done'));
  for (const outcome of outcomes) expect(['done', 'conflict']).toContain(outcome);
  const row = await world.ctx.db
    .selectFrom('messages')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return { id, done, row };
}

const actionsOf = async (id: string) =>
  (await world.ctx.db.selectFrom('admin_actions').select('action').where('subject', '=', id).execute()).map(
    ({ action }) => action,
  );

/** What holds however it went. */
async function expectWhole({
  id,
  done,
  row,
}: {
  id: string;
  done: Set<Deed>;
  row: MessageRow;
}): Promise<void> {
  // One more with each that got through: none of them wrote over another.
  expect(row.version).toBe(1 + done.size);
  expect(row.deleted_at !== null).toBe(done.has('remove') || done.has('delete'));
  if (row.deleted_at !== null) expect(row).toMatchObject({ body: '', is_held: false });
  const recorded = await actionsOf(id);
  expect(recorded.toSorted()).toEqual(
    [done.has('release') ? ['message.release'] : [], done.has('remove') ? ['message.remove'] : []]
      .flat()
      .toSorted(),
  );
}

test('a release and an edit: never do words get through that were not read', longTest, async () => {
  const seen = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const result = await race(round, ['release', 'edit']);
    await expectWhole(result);
    // The edit always finds its message; whichever comes second, its words are held.
    expect(result.done).toContain('edit');
    expect(result.row).toMatchObject({ body: `${secret} now`, is_held: true, is_flagged: true });
    seen.add([...result.done].toSorted().join());
  }
  expect(seen.size).toBe(2);
});

test(
  'a release, a removal, two edits and a deletion end in one state, and each leaves its trace once',
  longTest,
  async () => {
    const winners = new Set<Deed>();
    for (let round = 0; round < rounds; round += 1) {
      const result = await race(round, ['release', 'remove', 'edit', 'tame', 'delete']);
      await expectWhole(result);
      // At most one of them empties it.
      expect(result.done.has('remove') && result.done.has('delete')).toBe(false);
      for (const name of result.done) winners.add(name);
    }
    expect([...winners].toSorted()).toEqual(['delete', 'edit', 'release', 'remove', 'tame']);
    const { messages } = await carl.client.call(chat.history, {
      params: { id: room.id },
      query: { limit: '100' },
    });
    for (const message of messages)
      if (message.isHeld || message.deletedAt !== null) expect(message.message).toBe('');
  },
);

test('of two admins one decides', longTest, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await ada.client.call(chat.send, {
      params: { id: room.id },
      body: { clientMessageId: newName(), message: secret },
    });
    const outcomes = await Promise.all(
      [deeds.release, deeds.release, deeds.remove].map((deed) => outcomeOf(deed(id))),
    );
    // A removal after the release finds nothing to remove any more; a release after the removal no message.
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(await actionsOf(id)).toHaveLength(1);
  }
});
