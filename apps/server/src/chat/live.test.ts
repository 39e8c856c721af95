import { chat, type Message, type Room } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchAs, photo, uploadOne } from '../../test/files.ts';
import { refusal } from '../../test/jobs.ts';
import { liveSockets } from '../../test/live.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { connectDevice, type Device, newName, openRoomOf } from '../../test/talk.ts';
import { startWorld, type World } from '../../test/world.ts';
import { minuteMs } from '../clock.ts';
import type { Sockets } from '../ws/sockets.ts';

let world: World;
let sockets: Sockets;
let port: number;
let ada: Person;
let carl: Person;
let room: Room;
const open: Device[] = [];
beforeAll(async () => {
  world = await startWorld();
  sockets = liveSockets(world, { watchEveryMs: 50 });
  port = await sockets.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await sockets.stop();
  await world.stop();
});
beforeEach(async () => {
  await forgetRateLimits(world);
  ada = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
  room = await openRoomOf(ada, carl);
});
afterEach(() => {
  for (const device of open.splice(0)) device.socket.terminate();
});

const dial = async (person: Person) => {
  const device = await connectDevice(port, person);
  open.push(device);
  return device;
};
const say = (device: Device, message: string, clientMessageId = newName()) =>
  device.ask({ type: 'send', roomId: room.id, clientMessageId, message });
const history = async (person: Person, query: Record<string, string> = { limit: '100' }) =>
  person.client.call(chat.history, { params: { id: room.id }, query });
const isText = (text: string) => (frame: { message: Message }) => frame.message.message === text;

describe('a message', () => {
  test('reaches all devices of both, in one order, and the sender’s answer says where it stands', async () => {
    const [phone, tablet, other] = [await dial(ada), await dial(ada), await dial(carl)];
    const accepted = await say(phone, 'Tomorrow at nine?');
    expect(accepted).toMatchObject({ type: 'accepted', roomId: room.id, seq: 1 });
    for (const device of [tablet, other])
      expect(await device.hear('message')).toMatchObject({
        message: {
          seq: 1,
          sender: ada.id,
          receiver: carl.id,
          message: 'Tomorrow at nine?',
          roomId: room.id,
          readStatus: 'sent',
          kind: 'text',
        },
      });
    await say(other, 'Yes.');
    expect(await phone.hear('message', isText('Yes.'))).toMatchObject({
      message: { seq: 2, sender: carl.id },
    });
    const { messages } = await history(ada);
    expect(messages.map(({ seq, message }) => [seq, message])).toEqual([
      [1, 'Tomorrow at nine?'],
      [2, 'Yes.'],
    ]);
  });

  test('sent again under its name is the same message, told once, from any device and over REST', async () => {
    const [phone, tablet, other] = [await dial(ada), await dial(ada), await dial(carl)];
    const name = newName();
    const first = await say(phone, 'once', name);
    const again = [
      await say(phone, 'once', name),
      await say(tablet, 'once', name),
      ...(await Promise.all([1, 2, 3].map(() => say(tablet, 'once', name)))),
    ];
    for (const one of again) expect({ ...one, id: '' }).toEqual({ ...first, id: '' });
    const { id } = await ada.client.call(chat.send, {
      params: { id: room.id },
      body: { clientMessageId: name, message: 'once' },
    });
    expect(id).toBe((first as { messageId: string }).messageId);
    await say(phone, 'end');
    await other.hear('message', isText('end'));
    expect(other.heard.filter((frame) => frame.type === 'message').length).toBe(2);
    expect((await history(carl)).lastSeq).toBe(2);
  });

  test('has a place without gaps, however many are sent at once from both sides', async () => {
    const devices = [await dial(ada), await dial(ada), await dial(carl), await dial(carl)];
    const sent = await Promise.all(
      Array.from({ length: 400 }, (_, index) => say(devices[index % 4]!, `message ${index}`)),
    );
    const places = sent.map((one) => (one as { seq: number }).seq).sort((one, other) => one - other);
    expect(places).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    const seen: number[] = [];
    for (let afterSeq = 0; afterSeq < 400; afterSeq = seen.at(-1)!) {
      const page = await history(carl, { afterSeq: String(afterSeq), limit: '100' });
      seen.push(...page.messages.map(({ seq }) => seq));
    }
    expect(seen).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    // What each device was told live came in the order of the room.
    for (const { heard } of devices) {
      const live = heard.flatMap((frame) => (frame.type === 'message' ? [frame.message.seq] : []));
      expect(live).toEqual(live.toSorted((one, other) => one - other));
    }
  });

  test('of nobody else is written, and a stranger does not learn that the room exists', async () => {
    const stranger = await createPerson(world, { role: 'contractor' });
    const device = await dial(stranger);
    for (const roomId of [room.id, `rom_${'0'.repeat(22)}`]) {
      expect(
        await device.ask({ type: 'send', roomId, clientMessageId: newName(), message: 'x' }),
      ).toMatchObject({
        type: 'rejected',
        code: 'not_found',
        detail: 'There is no such room.',
      });
      for (const frame of [
        { type: 'sync', roomId } as const,
        { type: 'read', roomId, seq: 1 } as const,
        { type: 'delivered', roomId, seq: 1 } as const,
        { type: 'typing', roomId, isTyping: true } as const,
      ])
        expect(await device.ask(frame), frame.type).toMatchObject({ type: 'error', code: 'not_found' });
      for (const call of [
        () => stranger.client.call(chat.room, { params: { id: roomId } }),
        () => stranger.client.call(chat.history, { params: { id: roomId }, query: {} }),
        () => stranger.client.call(chat.markRead, { params: { id: roomId }, body: { seq: 1 } }),
        () =>
          stranger.client.call(chat.send, {
            params: { id: roomId },
            body: { clientMessageId: newName(), message: 'x' },
          }),
      ])
        expect(await refusal(call())).toBe('not_found');
    }
    await say(await dial(ada), 'ours');
    expect(device.heard.some((frame) => frame.type === 'message')).toBe(false);
  });

  test('with files carries links for each of the two, and gives them to nobody else', async () => {
    const [mine, other] = [await dial(ada), await dial(carl)];
    const file = await uploadOne(ada, { purpose: 'chat' }, await photo(300, 200));
    const frame = {
      type: 'send' as const,
      roomId: room.id,
      clientMessageId: newName(),
      files: [file.filename],
    };
    expect(await mine.ask(frame)).toMatchObject({ type: 'accepted', seq: 1 });
    expect(await mine.ask(frame)).toMatchObject({ type: 'accepted', seq: 1 });
    const { message } = await other.hear('message');
    expect(message).toMatchObject({ kind: 'file', message: '', attachments: [{ filename: file.filename }] });
    expect((await fetch(new URL(message.attachments[0]!.url!, world.url))).status).toBe(200);
    expect((await fetchAs(world, carl, file.path)).status).toBe(200);
    const stranger = await createPerson(world, { role: 'customer' });
    expect((await fetchAs(world, stranger, file.path)).status).toBe(404);
    // A file belongs to one message, and to whoever uploaded it.
    expect(await mine.ask({ ...frame, clientMessageId: newName() })).toMatchObject({ code: 'conflict' });
    expect(await other.ask({ ...frame, clientMessageId: newName() })).toMatchObject({ code: 'not_found' });
    expect((await history(carl)).lastSeq).toBe(1);
  });

  test('can be changed and deleted by its sender for 15 minutes, keeps its place, and both are told', async () => {
    const [mine, other] = [await dial(ada), await dial(carl)];
    const { messageId: id } = (await say(mine, 'At nine?')) as { messageId: string };
    const edit = (person: Person, message: string) =>
      person.client.call(chat.edit, { params: { id }, body: { message } });
    expect(await edit(ada, 'At ten?')).toMatchObject({
      seq: 1,
      message: 'At ten?',
      editedAt: expect.any(String),
    });
    expect(await other.hear('message', isText('At ten?'))).toMatchObject({ message: { id, seq: 1 } });
    expect(await refusal(edit(carl, 'Never'))).toBe('not_found');
    await ada.client.call(chat.remove, { params: { id } });
    expect(await other.hear('message', ({ message }) => message.deletedAt !== null)).toMatchObject({
      message: { id, seq: 1, message: '' },
    });
    expect(await refusal(edit(ada, 'again'))).toBe('conflict');
    const { messageId: late } = (await say(mine, 'late')) as { messageId: string };
    world.clock.advance(15 * minuteMs);
    expect(await refusal(ada.client.call(chat.edit, { params: { id: late }, body: { message: 'x' } }))).toBe(
      'conflict',
    );
  });
});

describe('receipts', () => {
  test('only move forward, never beyond the newest message, and tell both', async () => {
    const [mine, other] = [await dial(ada), await dial(carl)];
    for (const text of ['1', '2', '3']) await say(mine, text);
    await other.ask({ type: 'delivered', roomId: room.id, seq: 3 });
    expect(await mine.hear('receipt')).toMatchObject({ userId: carl.id, deliveredSeq: 3, readSeq: 0 });
    await other.ask({ type: 'read', roomId: room.id, seq: 2 });
    expect(await mine.hear('receipt', ({ readSeq }) => readSeq === 2)).toMatchObject({ deliveredSeq: 3 });
    await other.ask({ type: 'read', roomId: room.id, seq: 1 });
    await other.ask({ type: 'read', roomId: room.id, seq: 2_000_000 });
    expect(await mine.hear('receipt', ({ readSeq }) => readSeq === 3)).toMatchObject({ deliveredSeq: 3 });
    expect(mine.heard.filter((frame) => frame.type === 'receipt').length).toBe(3);
    expect((await history(ada)).messages.map(({ readStatus }) => readStatus)).toEqual([
      'read',
      'read',
      'read',
    ]);
  });

  test('and unread counts are right after any interleaving', async () => {
    const [mine, other] = [await dial(ada), await dial(carl)];
    const unread = async (person: Person) =>
      (await person.client.call(chat.room, { params: { id: room.id } })).unread;
    for (let round = 1; round <= 5; round += 1) {
      const sent = await Promise.all([
        ...Array.from({ length: 7 }, () => say(mine, 'from ada')),
        ...Array.from({ length: 5 }, () => say(other, 'from carl')),
        other.ask({ type: 'read', roomId: room.id, seq: round * 3 }),
        mine.ask({ type: 'read', roomId: room.id, seq: round }),
      ]);
      expect(sent.length).toBe(14);
      const page = await history(ada);
      for (const person of [ada, carl]) {
        const { readSeq } = await person.client.call(chat.room, { params: { id: room.id } });
        const expected = page.messages.filter(({ seq, sender }) => seq > readSeq && sender !== person.id);
        expect(await unread(person), `round ${round}`).toBe(expected.length);
      }
    }
    const { lastSeq } = await history(ada);
    const answer = await carl.client.call(chat.markRead, { params: { id: room.id }, body: { seq: lastSeq } });
    expect(answer).toEqual({ readSeq: lastSeq, unread: 0 });
  });
});

describe('catching up', () => {
  test('one sync after another brings everything that was missed, in order', async () => {
    const mine = await dial(ada);
    const other = await dial(carl);
    await other.close();
    for (let index = 1; index <= 120; index += 1) await say(mine, `missed ${index}`);
    const back = await dial(carl);
    const ready = back.heard[0] as { rooms: Room[] };
    expect(ready.rooms[0]).toMatchObject({ id: room.id, lastSeq: 120, unread: 100 });
    const seen: number[] = [];
    for (let hasMore = true; hasMore; ) {
      const page = await back.ask({ type: 'sync', roomId: room.id, afterSeq: seen.at(-1) ?? 0, limit: 50 });
      if (page.type !== 'page') throw new Error(JSON.stringify(page));
      seen.push(...page.messages.map(({ seq }) => seq));
      hasMore = page.hasMore;
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    const newest = await back.ask({ type: 'sync', roomId: room.id, beforeSeq: 121, limit: 3 });
    expect(newest).toMatchObject({ hasMore: true, messages: [{ seq: 118 }, { seq: 119 }, { seq: 120 }] });
  });

  test('nothing that is committed while somebody authenticates falls between ready and live', async () => {
    const mine = await dial(ada);
    for (let round = 0; round < 20; round += 1) {
      const sending = Array.from({ length: 10 }, () => say(mine, `round ${round}`));
      const device = await dial(carl);
      await Promise.all(sending);
      await say(mine, `end ${round}`);
      await device.hear('message', isText(`end ${round}`));
      const { rooms } = device.heard[0] as { rooms: Room[] };
      const live = device.heard.flatMap((frame) => (frame.type === 'message' ? [frame.message.seq] : []));
      const after = new Set(live.filter((seq) => seq > rooms[0]!.lastSeq));
      const { lastSeq } = await history(ada, {});
      expect(after.size, `round ${round}`).toBe(lastSeq - rooms[0]!.lastSeq);
      await device.close();
    }
  });
});

describe('who is there', () => {
  test('is told to those who share a room; several devices are one person', async () => {
    const mine = await dial(ada);
    const other = await dial(carl);
    expect(await mine.hear('presence')).toMatchObject({ userId: carl.id, isOnline: true });
    const second = await dial(carl);
    await other.close();
    const seen = async () => (await ada.client.call(chat.room, { params: { id: room.id } })).presence;
    expect(await seen()).toEqual({ isOnline: true, lastSeenAt: null });
    await second.close();
    expect(await mine.hear('presence', ({ isOnline }) => !isOnline)).toMatchObject({
      userId: carl.id,
      lastSeenAt: world.ctx.clock.now().toISOString(),
    });
    expect(await seen()).toMatchObject({ isOnline: false, lastSeenAt: expect.any(String) });
    expect(mine.heard.filter((frame) => frame.type === 'presence').length).toBe(2);
  });

  test('typing is told, ends with the message, and by itself', async () => {
    const [mine, other] = [await dial(ada), await dial(carl)];
    await mine.ask({ type: 'typing', roomId: room.id, isTyping: true });
    expect(await other.hear('typing')).toMatchObject({ roomId: room.id, userId: ada.id, isTyping: true });
    await say(mine, 'done');
    await other.hear('typing', ({ isTyping }) => !isTyping);
    const before = other.heard.length;
    await mine.ask({ type: 'typing', roomId: room.id, isTyping: true });
    await expect
      .poll(() => other.heard.slice(before).filter((frame) => frame.type === 'typing').length, {
        timeout: 7000,
      })
      .toBe(2);
  });

  test('who is blocked sends nothing, and neither sees the other', async () => {
    const [mine, other] = [await dial(ada), await dial(carl)];
    await carl.client.call(chat.block, { params: { id: ada.id } });
    for (const device of [mine, other])
      expect(await say(device, 'x')).toMatchObject({ type: 'rejected', code: 'forbidden' });
    const file = await uploadOne(ada, { purpose: 'chat' }, await photo(50, 50));
    expect(
      await mine.ask({ type: 'send', roomId: room.id, clientMessageId: newName(), files: [file.filename] }),
    ).toMatchObject({ type: 'rejected', code: 'forbidden' });
    const heard = other.heard.length;
    await mine.ask({ type: 'typing', roomId: room.id, isTyping: true });
    expect((await ada.client.call(chat.room, { params: { id: room.id } })).presence).toBeNull();
    await mine.close();
    await dial(ada);
    expect(other.heard.slice(heard)).toEqual([]);
    await carl.client.call(chat.unblock, { params: { id: ada.id } });
    expect(await say(await dial(ada), 'again')).toMatchObject({ type: 'accepted', seq: 1 });
  });
});
