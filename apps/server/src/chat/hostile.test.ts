import { once } from 'node:events';
import { chat, closeCodes, type Room } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { liveSockets } from '../../test/live.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { connectDevice, newName, openRoomOf } from '../../test/talk.ts';
import { startWorld, type World } from '../../test/world.ts';
import type { Sockets } from '../ws/sockets.ts';

let world: World;
let sockets: Sockets;
let port: number;
let ada: Person;
let carl: Person;
let room: Room;
beforeAll(async () => {
  world = await startWorld();
  sockets = liveSockets(world, { maximumBufferedBytes: 64 * 1024, watchEveryMs: 50 });
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

test('who does not read is cut, and has everything by sync when they come back', async () => {
  const mine = await connectDevice(port, ada);
  const slow = await connectDevice(port, carl);
  (slow.socket as unknown as { _socket: { pause(): void } })._socket.pause();
  const gone = once(slow.socket, 'close');
  const text = 'x'.repeat(3900);
  let sent = 0;
  // The system's own buffers take some megabytes before ours fill.
  while (slow.socket.readyState === slow.socket.OPEN && sent < 590) {
    await Promise.all(
      Array.from({ length: 10 }, () =>
        mine.ask({ type: 'send', roomId: room.id, clientMessageId: newName(), message: text }),
      ),
    );
    sent += 10;
  }
  slow.socket.terminate();
  await gone;
  const back = await connectDevice(port, carl);
  const seen: number[] = [];
  for (let hasMore = true; hasMore; ) {
    const page = await back.ask({ type: 'sync', roomId: room.id, afterSeq: seen.at(-1) ?? 0, limit: 10 });
    if (page.type !== 'page') throw new Error(JSON.stringify(page));
    seen.push(...page.messages.map(({ seq }) => seq));
    hasMore = page.hasMore;
  }
  expect(seen).toEqual(Array.from({ length: sent }, (_, index) => index + 1));
  for (const device of [mine, back]) await device.close();
});

test('two thousand sockets that say nothing do not hinder those that talk', async () => {
  const idle = await Promise.all(
    Array.from({ length: 2000 }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`);
      socket.on('error', () => undefined);
      await once(socket, 'open');
      return socket;
    }),
  );
  const [mine, other] = [await connectDevice(port, ada), await connectDevice(port, carl)];
  for (let index = 1; index <= 50; index += 1)
    expect(
      await mine.ask({ type: 'send', roomId: room.id, clientMessageId: newName(), message: `${index}` }),
    ).toMatchObject({ type: 'accepted', seq: index });
  await other.hear('message', ({ message }) => message.seq === 50);
  for (const socket of idle) socket.terminate();
  for (const device of [mine, other]) await device.close();
});

test('a session that ends takes its sockets with it, and nobody hears anything more on them', async () => {
  const mine = await connectDevice(port, ada);
  const other = await connectDevice(port, carl);
  const gone = once(other.socket, 'close');
  await world.ctx.db
    .updateTable('sessions')
    .set({ revoked_at: world.ctx.clock.now() })
    .where('user_id', '=', carl.id)
    .execute();
  expect((await gone)[0]).toBe(closeCodes.sessionEnded);
  const heard = other.heard.length;
  await mine.ask({ type: 'send', roomId: room.id, clientMessageId: newName(), message: 'x' });
  expect(other.heard.length).toBe(heard);
  await mine.close();
});

test('frames that are nothing are answered by an error, and what was sent between them is written', async () => {
  const mine = await connectDevice(port, ada);
  const nonsense = [
    '{"type":"send","id":"a"}',
    `{"type":"send","id":"b","roomId":"${room.id}","clientMessageId":"x","message":"x"}`,
    `{"type":"send","id":"d","roomId":"${room.id}","clientMessageId":"${newName()}","message":"${'x'.repeat(4001)}"}`,
    `{"type":"send","id":"e","roomId":"${room.id}","clientMessageId":"${newName()}","message":"\\u0000"}`,
    `{"type":"send","id":"f","roomId":"${room.id}","clientMessageId":"${newName()}","message":"x","__proto__":{}}`,
    `{"type":"read","id":"g","roomId":"${room.id}","seq":-1}`,
    `{"type":"read","id":"h","roomId":"${room.id}","seq":1.5}`,
    `{"type":"sync","id":"i","roomId":"${room.id}","limit":100000}`,
    `{"type":"typing","id":"j","roomId":"${room.id}","isTyping":"yes"}`,
  ];
  for (const text of nonsense) {
    mine.socket.send(text);
    const { id } = JSON.parse(text) as { id: string };
    expect(await mine.hear('error', (frame) => frame.id === id), text).toMatchObject({
      code: 'validation_failed',
    });
  }
  expect(await mine.ask({ type: 'send', roomId: room.id, clientMessageId: newName() })).toMatchObject({
    type: 'rejected',
    code: 'validation_failed',
  });
  expect(
    await mine.ask({ type: 'send', roomId: room.id, clientMessageId: newName(), message: 'fine' }),
  ).toMatchObject({ type: 'accepted', seq: 1 });
  await mine.close();
});

test('who sends without end is told to wait, and nothing of it is lost or written twice', async () => {
  const mine = await connectDevice(port, ada);
  const answers = [];
  for (let batch = 0; batch < 7; batch += 1)
    answers.push(
      ...(await Promise.all(
        Array.from({ length: 100 }, () =>
          mine.ask({ type: 'send', roomId: room.id, clientMessageId: newName(), message: 'x' }),
        ),
      )),
    );
  const accepted = answers.filter((answer) => answer.type === 'accepted');
  const rejected = answers.filter((answer) => answer.type === 'rejected');
  expect([accepted.length, rejected.length]).toEqual([600, 100]);
  expect(rejected[0]).toMatchObject({ code: 'rate_limited' });
  const { lastSeq } = await carl.client.call(chat.history, { params: { id: room.id }, query: {} });
  expect(lastSeq).toBe(600);
  await mine.close();
});
