import { closeCodes } from '@holdfast/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../http.ts';
import { type ChatOptions, type ChatSocket, connectChat, type SocketClass } from './chat.ts';

/** A server without a network: it says what the test makes it say. */
class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly sent: { type: string; id: string; [field: string]: unknown }[] = [];
  isClosed = false;
  constructor(readonlyUrl: string, protocols: string[]) {
    expect([readonlyUrl, protocols]).toEqual(['ws://chat.example', ['holdfast.v1']]);
    made.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.isClosed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  answer(type: string, frame: object): void {
    this.say({ id: this.sent.findLast((one) => one.type === type)!.id, ...frame });
  }
  becomeReady(): void {
    this.onopen?.();
    this.answer('authenticate', {
      type: 'ready',
      user: { id: 'usr_1', role: 'customer' },
      serverTime: '2027-03-01T09:00:00.000Z',
      rooms: [],
    });
  }
}

/** Time that passes when the test says so. */
function createTimers() {
  let nowMs = 0;
  const running = new Map<object, { at: number; run: () => void }>();
  return {
    setTimeout: (run: () => void, delayMs: number) => {
      const timer = {};
      running.set(timer, { at: nowMs + delayMs, run });
      return timer;
    },
    clearTimeout: (timer: unknown) => void running.delete(timer as object),
    count: () => running.size,
    pass: async (durationMs: number) => {
      const endMs = nowMs + durationMs;
      for (;;) {
        const [timer, next] = [...running].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
        if (next === undefined || next.at > endMs) break;
        nowMs = next.at;
        running.delete(timer!);
        next.run();
        await settle();
      }
      nowMs = endMs;
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

let made: FakeSocket[];
let timers: ReturnType<typeof createTimers>;
let errors: string[];

beforeEach(() => {
  made = [];
  errors = [];
  timers = createTimers();
});

const newest = () => made.at(-1)!;

async function connect(options: Partial<ChatOptions> = {}): Promise<ChatSocket> {
  const chat = connectChat({
    url: 'ws://chat.example',
    accessToken: async () => 'a'.repeat(43),
    WebSocket: FakeSocket as unknown as SocketClass,
    timers,
    random: () => 0.5,
    ...options,
  });
  chat.on('error', ({ code }) => errors.push(code));
  await settle();
  return chat;
}

async function lose(code = 1006): Promise<void> {
  newest().onclose?.({ code });
  await settle();
}

/** How long it takes until there is another socket. */
async function delayMs(): Promise<number> {
  const before = made.length;
  let passedMs = 0;
  while (made.length === before) {
    passedMs += 100;
    await timers.pass(100);
  }
  return passedMs;
}

describe('a lost connection', () => {
  test('is tried again after delays that double up to half a minute, times chance', async () => {
    await connect();
    const delays: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      await lose();
      delays.push(await delayMs());
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    newest().becomeReady();
    await timers.pass(9_000);
    await lose();
    expect(await delayMs()).toBe(15_000);
    newest().becomeReady();
    await timers.pass(11_000);
    await lose();
    expect(await delayMs()).toBe(500);
  });

  test.each([[closeCodes.goingAway], [closeCodes.tooManyErrors], [closeCodes.authenticationTimeout], [1006]])(
    'by %i is tried again',
    async (code) => {
      const chat = await connect();
      newest().becomeReady();
      await lose(code);
      expect(chat.state).toBe('offline');
      await delayMs();
      newest().becomeReady();
      expect({ state: chat.state, errors }).toEqual({ state: 'ready', errors: [] });
    },
  );

  test('that nobody reports is found by asking', async () => {
    const chat = await connect();
    newest().becomeReady();
    await timers.pass(20_000);
    newest().answer('ping', { type: 'pong', serverTime: '2027-03-01T09:00:20.000Z' });
    await timers.pass(20_000);
    expect(chat.state).toBe('ready');
    const silent = newest();
    await timers.pass(20_000);
    expect(silent.isClosed).toBe(true);
    await delayMs();
    expect(made).toHaveLength(2);
  });

  test('is one that does not get ready within 15 seconds, too', async () => {
    await connect();
    const slow = newest();
    slow.onopen?.();
    await timers.pass(14_999);
    expect(slow.isClosed).toBe(false);
    await timers.pass(1);
    expect(slow.isClosed).toBe(true);
    slow.becomeReady();
    expect(made).toHaveLength(1);
  });
});

describe('a token', () => {
  test('that cannot be had now is asked for again', async () => {
    let fails = 2;
    const chat = await connect({
      accessToken: async () => {
        fails -= 1;
        if (fails >= 0) throw new TypeError('fetch failed');
        return 'a'.repeat(43);
      },
    });
    await timers.pass(500);
    await timers.pass(1000);
    newest().becomeReady();
    expect({ state: chat.state, errors }).toEqual({ state: 'ready', errors: ['unavailable', 'unavailable'] });
  });

  test('that will not be given any more ends it', async () => {
    const chat = await connect({
      accessToken: async () => {
        throw new ApiError({
          type: 'x',
          title: 'x',
          status: 401,
          code: 'token_expired',
          detail: 'x',
          requestId: 'x',
        });
      },
    });
    expect({ state: chat.state, errors }).toEqual({ state: 'closed', errors: ['session_over'] });
    expect(timers.count()).toBe(0);
  });

  test('that the server could not look up is no refusal', async () => {
    const chat = await connect();
    for (let count = 0; count < 4; count += 1) {
      newest().onopen?.();
      newest().answer('authenticate', { type: 'error', code: 'internal', detail: 'x' });
      await lose(closeCodes.authenticationFailed);
      expect(chat.state).toBe('offline');
      await delayMs();
    }
    expect(errors).toEqual([]);
  });

  test('that is refused and refused again ends it, also when each was accepted for a moment', async () => {
    const chat = await connect();
    newest().becomeReady();
    await lose(closeCodes.sessionEnded);
    expect(made).toHaveLength(2);
    newest().becomeReady();
    await lose(closeCodes.sessionEnded);
    expect({ state: chat.state, errors }).toEqual({ state: 'closed', errors: ['session_over'] });
    expect({ timers: timers.count(), sockets: made.length }).toEqual({ timers: 0, sockets: 2 });
  });
});

describe('on the connection', () => {
  test('not more frames are unanswered than the server allows, and they are sent in order', async () => {
    const chat = await connect();
    newest().becomeReady();
    const sending = Array.from({ length: 250 }, (_, index) => chat.send('rom_1', { message: `${index}` }));
    const sends = () => newest().sent.filter(({ type }) => type === 'send');
    expect(sends()).toHaveLength(100);
    for (let seq = 1; seq <= 250; seq += 1) {
      const { id, roomId, clientMessageId } = sends()[seq - 1]!;
      newest().say({ type: 'accepted', id, roomId, clientMessageId, messageId: `msg_${seq}`, seq });
    }
    expect((await Promise.all(sending)).map(({ seq }) => seq)).toEqual(sends().map((_, index) => index + 1));
    expect(sends().map(({ message }) => Number(message))).toEqual(sends().map((_, index) => index));
  });

  test('a message that the server fails to write is sent again, before what was written later', async () => {
    const chat = await connect();
    newest().becomeReady();
    void chat.send('rom_1', { message: 'first' });
    newest().answer('send', { type: 'error', code: 'internal', detail: 'x' });
    await settle();
    void chat.send('rom_1', { message: 'second' });
    await timers.pass(1000);
    const sends = newest().sent.filter(({ type }) => type === 'send');
    expect(sends.map(({ message }) => message)).toEqual(['first', 'first', 'second']);
    expect(sends[0]!.clientMessageId).toBe(sends[1]!.clientMessageId);
  });

  test('what is not understood is let pass', async () => {
    const chat = await connect();
    newest().becomeReady();
    for (const data of ['', '{', 'null', '7', '[]', '{"type":"of the future","id":"f1"}'])
      newest().onmessage?.({ data });
    expect({ state: chat.state, errors }).toEqual({ state: 'ready', errors: [] });
  });

  test('closing leaves nothing running', async () => {
    const chat = await connect();
    newest().becomeReady();
    chat.close();
    expect({ state: chat.state, isClosed: newest().isClosed, timers: timers.count() }).toEqual({
      state: 'closed',
      isClosed: true,
      timers: 0,
    });
  });
});
