import { chat, type File, files, type Message, type Room, type ServerFrame } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchAs, pdf, uploadOne } from '../../test/files.ts';
import { confirmedBooking, refusal } from '../../test/jobs.ts';
import { liveSockets } from '../../test/live.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { connectDevice, type Device, newName, openRoomOf } from '../../test/talk.ts';
import { startWorld, type World } from '../../test/world.ts';
import type { Config } from '../config.ts';
import type { Hub } from '../ws/hub.ts';
import type { Sockets } from '../ws/sockets.ts';
import { catchUp } from './catch-up.ts';

/* With CONTACT_DETAILS=hold nobody but the sender sees a telephone number before a booking, whichever way they look. */

const secret = 'Rufen Sie mich an: +43 660 123 45 67';
/** A word that is in no other field of anything. */
const word = 'Rufen';

let world: World;
let sockets: Sockets;
let port: number;
let ada: Person;
let carl: Person;
let room: Room;
const open: Device[] = [];
beforeAll(async () => {
  world = await startWorld({ config: { contactDetails: 'hold' } });
  sockets = liveSockets(world);
  port = await sockets.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await sockets.stop();
  await world.stop();
});
beforeEach(async () => {
  world.ctx.config.contactDetails = 'hold';
  await forgetRateLimits(world);
  ada = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
  room = await openRoomOf(ada, carl);
});
afterEach(() => {
  for (const device of open.splice(0)) device.socket.terminate();
});

const setPolicy = (policy: Config['contactDetails']) => {
  world.ctx.config.contactDetails = policy;
};
const dial = async (person: Person) => {
  const device = await connectDevice(port, person);
  open.push(device);
  return device;
};
const params = () => ({ id: room.id });
const say = (message: string, names: string[] = [], person = ada) =>
  person.client.call(chat.send, {
    params: params(),
    body: { clientMessageId: newName(), message, ...(names.length > 0 ? { files: names } : {}) },
  });
const edit = (id: string, message: string) =>
  ada.client.call(chat.edit, { params: { id }, body: { message } });
const history = (person: Person) => person.client.call(chat.history, { params: params(), query: {} });
const newest = async (person: Person) => (await history(person)).messages.at(-1)!;
const upload = () => uploadOne(ada, { purpose: 'chat' }, pdf());

/** Everything by which a member learns of messages, as one text. */
async function everythingSeenBy(person: Person): Promise<string> {
  const device = await dial(person);
  const seen: unknown[] = [
    device.heard,
    await device.ask({ type: 'sync', roomId: room.id, afterSeq: 0 }),
    await device.ask({ type: 'sync', roomId: room.id, beforeSeq: 100 }),
    await history(person),
    await person.client.call(chat.history, { params: params(), query: { afterSeq: '0' } }),
    await person.client.call(chat.rooms, { query: {} }),
    await person.client.call(chat.room, { params: params() }),
    await person.client.call(chat.openRoom, {
      body: { userId: person.id === ada.id ? carl.id : ada.id },
    }),
    await person.client.call(chat.search, { query: { q: word } }),
    await person.client.call(chat.search, { query: { q: word, roomId: room.id } }),
    await missedBy(person),
  ];
  return JSON.stringify(seen);
}

/** What another process would tell this person of messages that never came over the bus. */
async function missedBy(person: Person): Promise<ServerFrame[]> {
  const frames: ServerFrame[] = [];
  const hub = {
    people: () => [person.id],
    told: () => 0,
    isHere: (userId: string) => userId === person.id,
    tell: ({ frame }: { frame: string }) => frames.push(JSON.parse(frame)),
    noteTold: () => undefined,
  } as unknown as Hub;
  await catchUp(world.ctx, hub);
  return frames;
}

describe('a message that is held back', () => {
  test('is accepted at its place, and its sender has it as usual', async () => {
    const [mine, tablet] = [await dial(ada), await dial(ada)];
    await say('Good morning');
    const accepted = await mine.ask({
      type: 'send',
      roomId: room.id,
      clientMessageId: newName(),
      message: secret,
    });
    expect(accepted).toMatchObject({ type: 'accepted', seq: 2, isFlagged: true, isHeld: true });
    expect(await tablet.hear('message', ({ message }) => message.seq === 2)).toMatchObject({
      message: { message: secret, isHeld: true, isFlagged: true },
    });
    expect(await say('Until then')).toMatchObject({ seq: 3, isHeld: false, isFlagged: false });
    expect(await newest(ada)).toMatchObject({ seq: 3 });
    expect((await history(ada)).messages[1]).toMatchObject({ seq: 2, message: secret, isHeld: true });
    const { items } = await ada.client.call(chat.search, { query: { q: word } });
    expect(items.map(({ seq }) => seq)).toEqual([2]);
  });

  test('shows its receiver a place without words, by whichever way they look', async () => {
    const other = await dial(carl);
    await say(secret);
    const live = await other.hear('message');
    expect(live).toMatchObject({
      message: { seq: 1, message: '', attachments: [], isHeld: true, sender: ada.id, receiver: carl.id },
    });
    expect(await newest(carl)).toMatchObject({ seq: 1, message: '', isHeld: true });
    const seen = await everythingSeenBy(carl);
    expect(seen).toContain('"isHeld":true');
    expect(JSON.stringify(other.heard) + seen).not.toContain(word);
    // Not even that it was found: searching number after number would tell it.
    const { items } = await carl.client.call(chat.search, { query: { q: word } });
    expect(items).toEqual([]);
    // The same look finds it where it may be seen: the test would notice a leak.
    expect(await everythingSeenBy(ada)).toContain(word);
    expect(await missedBy(carl)).toMatchObject([{ type: 'message', message: { seq: 1, message: '' } }]);
    expect(await missedBy(ada)).toMatchObject([{ type: 'message', message: { message: secret } }]);
  });

  test('counts as unread like any other: its place is there to be read', async () => {
    await say(secret);
    const unread = async () => (await carl.client.call(chat.room, { params: params() })).unread;
    expect(await unread()).toBe(1);
    await carl.client.call(chat.markRead, { params: params(), body: { seq: 1 } });
    expect(await unread()).toBe(0);
    expect((await newest(ada)).readStatus).toBe('read');
  });

  test('keeps its files from the receiver: their names, their bytes, what they are', async () => {
    const other = await dial(carl);
    const file = await upload();
    const held = await say(secret, [file.filename]);
    expect(held).toMatchObject({ isHeld: true, kind: 'file', attachments: [{ filename: file.filename }] });
    expect(await other.hear('message')).toMatchObject({ message: { message: '', attachments: [] } });
    const seen = (await everythingSeenBy(carl)) + JSON.stringify(other.heard);
    expect(seen).not.toContain(word);
    expect(seen).not.toContain(file.filename);
    expect((await fetchAs(world, carl, file.path)).status).toBe(404);
    expect(await refusal(carl.client.call(files.describe, { params: { filename: file.filename } }))).toBe(
      'not_found',
    );
    expect((await fetchAs(world, ada, file.path)).status).toBe(200);
  });

  test('sent again under its name is the same one, still held', async () => {
    const clientMessageId = newName();
    const body = { clientMessageId, message: secret };
    const file = await upload();
    const withFile = { clientMessageId: newName(), message: secret, files: [file.filename] };
    for (const one of [body, withFile]) {
      const first = await ada.client.call(chat.send, { params: params(), body: one });
      const again = await ada.client.call(chat.send, { params: params(), body: one });
      expect(again).toMatchObject({ id: first.id, seq: first.seq, isHeld: true, isFlagged: true });
    }
    expect((await history(carl)).messages.map(({ message }) => message)).toEqual(['', '']);
  });

  test('can be deleted by its sender', async () => {
    const { id } = await say(secret);
    expect(await ada.client.call(chat.remove, { params: { id } })).toMatchObject({
      isHeld: false,
      version: 2,
    });
    expect(await newest(carl)).toMatchObject({ message: '', isHeld: false, deletedAt: expect.any(String) });
  });
});

describe('an edit', () => {
  test('smuggles nothing in: what was harmless is held back, and gone from the receiver', async () => {
    const other = await dial(carl);
    const { id } = await say('Tomorrow at nine?');
    expect(await edit(id, secret)).toMatchObject({
      message: secret,
      isHeld: true,
      isFlagged: true,
      version: 2,
    });
    expect(await other.hear('message', ({ message }) => message.version === 2)).toMatchObject({
      message: { id, seq: 1, message: '', isHeld: true },
    });
    expect((await everythingSeenBy(carl)) + JSON.stringify(other.heard)).not.toContain(word);
  });

  test('of a message with files hides them as well, also from a link that was signed before', async () => {
    const file = await upload();
    const { id } = await say('My quote', [file.filename]);
    const [received] = (await newest(carl)).attachments as [File];
    const bytes = () => fetch(new URL(received.url!, world.url));
    expect((await bytes()).status).toBe(200);
    await edit(id, secret);
    expect((await bytes()).status).toBe(404);
    expect((await newest(carl)).attachments).toEqual([]);
  });

  test('that takes the number out lets the message through', async () => {
    const other = await dial(carl);
    const { id } = await say(secret);
    expect(await edit(id, 'Tomorrow at nine?')).toMatchObject({ isHeld: false, isFlagged: false });
    const isFree = ({ message }: { message: Message }) => !message.isHeld;
    expect(await other.hear('message', isFree)).toMatchObject({ message: { message: 'Tomorrow at nine?' } });
    expect((await everythingSeenBy(carl)) + JSON.stringify(other.heard)).not.toContain(word);
  });

  test('does not wash off the mark of words that were seen', async () => {
    setPolicy('flag');
    const { id } = await say(secret);
    expect(await newest(carl)).toMatchObject({ message: secret, isFlagged: true, isHeld: false });
    expect(await edit(id, 'Never mind')).toMatchObject({ isFlagged: true, isHeld: false });
  });
});

describe('CONTACT_DETAILS', () => {
  test('flag: words are marked and seen, when they are sent and when they are edited', async () => {
    setPolicy('flag');
    const { id } = await say('Hello');
    expect(await edit(id, secret)).toMatchObject({ isFlagged: true, isHeld: false });
    expect(await newest(carl)).toMatchObject({ message: secret, isFlagged: true });
    const file = await upload();
    expect(await say(secret, [file.filename])).toMatchObject({ isFlagged: true, isHeld: false });
    const device = await dial(ada);
    const frame = { type: 'send' as const, roomId: room.id, clientMessageId: newName(), message: secret };
    expect(await device.ask(frame)).toMatchObject({ type: 'accepted', isFlagged: true, isHeld: false });
  });

  test('allow: nothing is looked at', async () => {
    setPolicy('allow');
    const { id } = await say(secret);
    await edit(id, `${secret}!`);
    expect(await newest(carl)).toMatchObject({ message: `${secret}!`, isFlagged: false, isHeld: false });
  });

  test('is about the time before a booking: with one, numbers are sent and edited in freely', async () => {
    const held = await say(secret);
    await confirmedBooking(ada, carl);
    const { id } = await say(secret);
    await edit(id, `${secret}!`);
    expect(await newest(carl)).toMatchObject({ message: `${secret}!`, isFlagged: false, isHeld: false });
    // What was held before waits for an admin, or for its sender to say it anew.
    expect((await history(carl)).messages[0]).toMatchObject({ id: held.id, message: '', isHeld: true });
    expect(await edit(held.id, secret)).toMatchObject({ isHeld: false });
  });
});
