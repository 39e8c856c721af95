import { type ChatOptions, type ChatSocket, connectChat, type SocketClass } from '@holdfast/client';
import {
  accounts,
  adminChat,
  chat as api,
  type Message,
  type Room,
  type ServerFrame,
} from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { pdf, uploadOne } from '../../test/files.ts';
import { liveSockets } from '../../test/live.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import type { Sockets } from '../ws/sockets.ts';

let world: World;
let customer: Person;
let contractor: Person;
let sockets: Sockets;
let port = 0;
let roomId: string;
const open: Talker[] = [];

beforeAll(async () => {
  world = await startWorld({ config: { logLevel: 'silent' } });
});
afterAll(() => world.stop());

beforeEach(async () => {
  customer = await createPerson(world, { role: 'customer' });
  contractor = await createPerson(world, { role: 'contractor' });
  roomId = (await openRoom()).id;
  await start(0);
});

afterEach(async () => {
  for (const { chat } of open.splice(0)) chat.close();
  await sockets.stop();
});

const openRoom = (): Promise<Room> => customer.client.call(api.openRoom, { body: { userId: contractor.id } });

async function start(at = port): Promise<void> {
  sockets = liveSockets(world, { watchEveryMs: 20, closeMs: 100 });
  port = await sockets.listen(at, '127.0.0.1');
}

type Talker = {
  chat: ChatSocket;
  heard: Message[];
  errors: string[];
  states: string[];
  /** Every socket that was made, the newest last. */
  sockets: WebSocket[];
};

type Tap = { hears?: (frame: ServerFrame, socket: WebSocket) => boolean };

/** Somebody connected; a tap may keep frames from them. Comes back within milliseconds. */
function talk(person: Person, tap: Tap = {}, options: Partial<ChatOptions> = {}): Talker {
  const talker: Omit<Talker, 'chat'> = { heard: [], errors: [], states: [], sockets: [] };
  class Tapped extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      talker.sockets.push(this);
    }
    override emit(event: string | symbol, ...values: unknown[]): boolean {
      if (event === 'message' && tap.hears?.(JSON.parse(String(values[0])), this) === false) return true;
      return super.emit(event, ...values);
    }
  }
  const chat = connectChat({
    url: `ws://127.0.0.1:${port}`,
    accessToken: async () => person.accessToken,
    WebSocket: Tapped as SocketClass,
    random: () => 0.01,
    ...options,
  });
  chat.on('message', (message) => talker.heard.push(message));
  chat.on('error', ({ code }) => talker.errors.push(code));
  chat.on('state', (state) => talker.states.push(state));
  open.push({ ...talker, chat });
  return { ...talker, chat };
}

async function ready(...talkers: Talker[]): Promise<void> {
  await expect.poll(() => talkers.map(({ chat }) => chat.state)).toEqual(talkers.map(() => 'ready'));
}

const texts = (messages: readonly Message[]) => messages.map(({ message }) => message);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Nothing lost, doubled or out of order, for either of the two, and each one's in the order of their sending. */
async function expectWhole(talkers: Talker[], count: number): Promise<void> {
  for (const { heard } of talkers) await expect.poll(() => heard.length).toBeGreaterThanOrEqual(count);
  const { messages } = await talkers[0]!.chat.sync(roomId, { afterSeq: 0, limit: 200 });
  for (const { heard, errors } of talkers) {
    expect(heard.map(({ seq }) => seq)).toEqual(upTo(count));
    expect(texts(heard.slice(0, 200))).toEqual(texts(messages));
    for (const sender of [customer.id, contractor.id]) {
      const numbers = heard.filter((one) => one.sender === sender).map((one) => Number(one.message));
      expect(numbers).toEqual(upTo(numbers.length));
    }
    expect(errors).toEqual([]);
  }
  expect(talkers[0]!.heard.map(({ id }) => id)).toEqual(talkers[1]!.heard.map(({ id }) => id));
}

describe('two people', () => {
  test('hear each other and themselves, in one order, and how far the other is', async () => {
    const cora = talk(customer);
    const carl = talk(contractor);
    await ready(cora, carl);
    const sent = await cora.chat.send(roomId, { message: '  Tomorrow at nine? ' });
    expect(sent).toMatchObject({ roomId, seq: 1 });
    await expect.poll(() => texts(carl.heard)).toEqual(['Tomorrow at nine?']);
    await carl.chat.send(roomId, { message: 'Ten.' });
    await expect.poll(() => texts(cora.heard)).toEqual(['Tomorrow at nine?', 'Ten.']);
    // What is emitted of an own message is what everybody else is shown.
    expect(cora.heard).toEqual((await cora.chat.sync(roomId)).messages);
    expect(carl.chat.rooms()).toMatchObject([{ id: roomId, lastSeq: 2, unread: 1, readSeq: 0 }]);
    carl.chat.markRead(roomId, 2);
    await expect.poll(() => cora.chat.rooms()[0]).toMatchObject({ otherReadSeq: 2, otherDeliveredSeq: 2 });
    await expect.poll(() => carl.chat.rooms()[0]).toMatchObject({ readSeq: 2, unread: 0 });
  });

  test('see each other type, come and go', async () => {
    const cora = talk(customer);
    await ready(cora);
    const told: unknown[] = [];
    cora.chat.on('typing', (one) => told.push(one));
    const carl = talk(contractor);
    await expect.poll(() => cora.chat.rooms()[0]?.presence?.isOnline).toBe(true);
    await ready(carl);
    const said = { roomId, userId: contractor.id };
    carl.chat.typing(roomId, true);
    await expect.poll(() => told).toEqual([{ ...said, isTyping: true }]);
    carl.chat.typing(roomId, false);
    await expect.poll(() => told.slice(1)).toEqual([{ ...said, isTyping: false }]);
    carl.chat.close();
    await expect.poll(() => cora.chat.rooms()[0]?.presence?.isOnline).toBe(false);
  });

  test('hear a change of a message once, also one that was made while they were away', async () => {
    const cora = talk(customer);
    const carl = talk(contractor);
    await ready(cora, carl);
    const { messageId } = await cora.chat.send(roomId, { message: 'nine' });
    const edit = (message: string) =>
      customer.client.call(api.edit, { params: { id: messageId }, body: { message } });
    await edit('ten');
    await expect.poll(() => texts(carl.heard)).toEqual(['nine', 'ten']);
    await sockets.stop();
    world.clock.advance(1000);
    await edit('eleven');
    await start();
    await expect.poll(() => texts(carl.heard)).toEqual(['nine', 'ten', 'eleven']);
    await expect.poll(() => texts(cora.heard)).toEqual(['nine', 'ten', 'eleven']);
    await carl.chat.send(roomId, { message: 'Yes.' });
    expect(texts(carl.heard)).toEqual(['nine', 'ten', 'eleven', 'Yes.']);
  });

  test('hear the words of a message that was held back once it is released, also long after and while they were away', async () => {
    world.ctx.config.contactDetails = 'hold';
    const admin = await createPerson(world, { role: 'admin' });
    const release = (id: string) =>
      admin.client.call(adminChat.releaseMessage, { params: { id }, body: { version: 1 } });
    const [cora, carl] = [talk(customer), talk(contractor)];
    await ready(cora, carl);
    const first = await cora.chat.send(roomId, { message: 'ada@example.org' });
    const second = await cora.chat.send(roomId, { message: 'carl@example.org' });
    world.ctx.config.contactDetails = 'flag';
    expect([first.isHeld, cora.heard[0]?.isHeld]).toEqual([true, true]);
    await expect.poll(() => texts(carl.heard)).toEqual(['', '']);
    await release(first.messageId);
    await expect.poll(() => texts(carl.heard)).toEqual(['', '', 'ada@example.org']);
    await sockets.stop();
    world.clock.advance(60 * 60_000);
    await release(second.messageId);
    await start();
    const all = ['', '', 'ada@example.org', 'carl@example.org'];
    await expect.poll(() => texts(carl.heard)).toEqual(all);
    await carl.chat.send(roomId, { message: 'Yes.' });
    expect(texts(carl.heard)).toEqual([...all, 'Yes.']);
    await expect
      .poll(() => cora.heard.filter(({ id }) => id === second.messageId).map(({ version }) => version))
      .toEqual([1, 2]);
  });

  test('who are new to each other are told of their room and hear all of it', async () => {
    const stranger = await createPerson(world, { role: 'customer' });
    const carl = talk(contractor);
    const sam = talk(stranger);
    await ready(carl, sam);
    const { id } = await stranger.client.call(api.openRoom, { body: { userId: contractor.id } });
    await expect.poll(() => carl.chat.rooms().map((one) => one.id)).toContain(id);
    await sam.chat.send(id, { message: 'Hello' });
    await expect.poll(() => texts(carl.heard)).toEqual(['Hello']);
    // Nobody told this client of the room that its person opened elsewhere.
    await expect.poll(() => texts(sam.heard)).toEqual(['Hello']);
  });
});

test('own attachments are shown as the server shows them, and keep their place', async () => {
  const cora = talk(customer);
  await ready(cora);
  const file = await uploadOne(customer, { purpose: 'chat' }, pdf());
  const sending = [
    cora.chat.send(roomId, { message: 'Here:', files: [file.filename] }),
    cora.chat.send(roomId, { message: 'That is it.' }),
  ];
  await Promise.all(sending);
  await expect.poll(() => cora.heard.length).toBe(2);
  const { messages } = await cora.chat.sync(roomId);
  expect(cora.heard.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
  const attached = cora.heard.find(({ kind }) => kind === 'file');
  expect(attached?.attachments).toMatchObject([{ filename: file.filename }]);
});

describe('nothing is lost, doubled or out of order', () => {
  test('when the server stops and starts in the middle of 200 messages each way', async () => {
    const cora = talk(customer);
    const carl = talk(contractor);
    await ready(cora, carl);
    let committed = 0;
    const restarts: Promise<void>[] = [];
    const sending = [cora, carl].flatMap(({ chat }) =>
      upTo(200).map(async (number) => {
        await chat.send(roomId, { message: String(number) });
        committed += 1;
        if (committed === 20 || committed === 250) restarts.push(sockets.stop().then(() => start()));
      }),
    );
    await Promise.all(sending);
    await expectWhole([cora, carl], 400);
    await Promise.all(restarts);
    // The second time, one of the two may not have been back yet.
    for (const { states } of [cora, carl])
      expect(states.filter((one) => one === 'ready').length).toBeGreaterThanOrEqual(2);
    expect(restarts).toHaveLength(2);
  });

  test('when lines are cut again and again before the answers come', async () => {
    let cuts = 0;
    const cut = (frame: ServerFrame, socket: WebSocket) => {
      if (frame.type !== 'accepted' || cuts >= 10) return true;
      cuts += 1;
      socket.terminate();
      return false;
    };
    const cora = talk(customer, { hears: cut });
    const carl = talk(contractor);
    await ready(cora, carl);
    const sent = await Promise.all(upTo(50).map((n) => cora.chat.send(roomId, { message: String(n) })));
    expect(cuts).toBe(10);
    expect(sent.map(({ seq }) => seq)).toEqual(upTo(50));
    await expectWhole([cora, carl], 50);
  });

  test('when messages are written while there is no server', async () => {
    const cora = talk(customer);
    const carl = talk(contractor);
    await ready(cora, carl);
    await sockets.stop();
    await expect.poll(() => [cora, carl].every(({ chat }) => chat.state !== 'ready')).toBe(true);
    const sending = upTo(20).map((n) => cora.chat.send(roomId, { message: String(n) }));
    const reading = carl.chat.sync(roomId, { afterSeq: 0 });
    carl.chat.typing(roomId, true);
    await start();
    expect((await Promise.all(sending)).map(({ seq }) => seq)).toEqual(upTo(20));
    await expectWhole([cora, carl], 20);
    await expect(reading).resolves.toMatchObject({ roomId });
  });

  test('when frames do not arrive', async () => {
    const withheld = new Set([2, 3, 7]);
    const carl = talk(contractor, {
      hears: (frame) => frame.type !== 'message' || !withheld.has(frame.message.seq),
    });
    const cora = talk(customer);
    await ready(cora, carl);
    for (const number of upTo(9)) await cora.chat.send(roomId, { message: String(number) });
    await expectWhole([cora, carl], 9);
  });

  test('when frames come in another order, and twice', async () => {
    const carl = talk(contractor, {
      hears: (frame, socket) => {
        if (frame.type !== 'message' || frame.message.seq !== 2 || late.has(socket)) return true;
        late.add(socket);
        setTimeout(() => socket.emit('message', JSON.stringify(frame), false), 20);
        setTimeout(() => socket.emit('message', JSON.stringify(frame), false), 40);
        return false;
      },
    });
    const late = new Set<WebSocket>();
    const cora = talk(customer);
    await ready(cora, carl);
    for (const number of upTo(5)) await cora.chat.send(roomId, { message: String(number) });
    await expectWhole([cora, carl], 5);
  });

  test('by the last frame of all: a receipt shows that there was a message', async () => {
    const carl = talk(contractor, { hears: (frame) => frame.type !== 'message' });
    const cora = talk(customer);
    await ready(cora, carl);
    await cora.chat.send(roomId, { message: '1' });
    cora.chat.markDelivered(roomId, 1);
    await expectWhole([cora, carl], 1);
  });

  test('by a client that starts again where it was', async () => {
    const cora = talk(customer);
    for (const number of upTo(5)) await cora.chat.send(roomId, { message: String(number) });
    const fresh = talk(contractor);
    await ready(fresh);
    const back = talk(contractor, {}, { seen: { [roomId]: 2 } });
    await expect.poll(() => texts(back.heard)).toEqual(['3', '4', '5']);
    expect(fresh.heard).toEqual([]);
  });
});

describe('a message that is refused', () => {
  test('rejects, and the next one is sent', async () => {
    const cora = talk(customer);
    await ready(cora);
    await expect(cora.chat.send(roomId, { message: ' ' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    await expect(cora.chat.send('rom_0000000000000000000000', { message: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await contractor.client.call(api.block, { params: { id: customer.id } });
    await expect(cora.chat.send(roomId, { message: 'x' })).rejects.toMatchObject({ code: 'forbidden' });
    await contractor.client.call(api.unblock, { params: { id: customer.id } });
    await expect(cora.chat.send(roomId, { message: 'x' })).resolves.toMatchObject({ seq: 1 });
  });

  test('by closing rejects as well', async () => {
    const cora = talk(customer, {}, { accessToken: () => new Promise(() => undefined) });
    const sending = cora.chat.send(roomId, { message: 'x' });
    const reading = cora.chat.sync(roomId);
    cora.chat.close();
    await expect(sending).rejects.toMatchObject({ code: 'closed' });
    await expect(reading).rejects.toMatchObject({ code: 'closed' });
    await expect(cora.chat.send(roomId, { message: 'x' })).rejects.toMatchObject({ code: 'closed' });
    expect(cora.states.at(-1)).toBe('closed');
  });
});

describe('a session that ends', () => {
  test('is told once, after one more token, and nothing is tried any more', async () => {
    let asked = 0;
    const cora = talk(
      customer,
      {},
      {
        accessToken: async () => {
          asked += 1;
          return customer.accessToken;
        },
      },
    );
    await ready(cora);
    await customer.client.call(accounts.logout);
    await expect.poll(() => cora.chat.state).toBe('closed');
    expect(cora.errors).toEqual(['session_over']);
    expect({ asked, made: cora.sockets.length }).toEqual({ asked: 2, made: 2 });
    expect(cora.states).toEqual(['ready', 'connecting', 'closed']);
    await expect(cora.chat.send(roomId, { message: 'x' })).rejects.toMatchObject({ code: 'closed' });
  });

  test('is not the end if there is another token', async () => {
    const tokens = ['a'.repeat(43), customer.accessToken];
    const cora = talk(customer, {}, { accessToken: async () => tokens.shift()! });
    await ready(cora);
    expect(cora.errors).toEqual([]);
  });
});
