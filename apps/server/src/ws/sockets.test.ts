import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { accounts, closeCodes, ServerFrame, socketSubprotocol } from '@holdfast/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { liveSockets } from '../../test/live.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs } from '../clock.ts';
import { defaultLimits } from './connection.ts';
import { type SocketOptions, type Sockets, watchEveryMs } from './sockets.ts';

let world: World;
let customer: Person;
let sockets: Sockets;
let api: Server;
let port: number;
const open: WebSocket[] = [];

const quick: SocketOptions = { watchEveryMs: 20, closeMs: 100 };

beforeAll(async () => {
  world = await startWorld({ config: { logLevel: 'silent', allowedOrigins: ['https://app.example.org'] } });
});

afterAll(() => world.stop());

beforeEach(async () => {
  customer = await createPerson(world, { role: 'customer' });
  await serve({});
});

afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate();
  await sockets.stop();
  api.closeAllConnections();
  await new Promise((resolve) => api.close(resolve));
});

async function serve(options: SocketOptions): Promise<void> {
  sockets = liveSockets(world, { ...quick, ...options });
  port = await sockets.listen(0, '127.0.0.1');
  api = createServer();
  sockets.attach(api);
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
}

async function serveAgain(options: SocketOptions): Promise<void> {
  await sockets.stop();
  api.close();
  await serve(options);
}

const apiPort = () => (api.address() as AddressInfo).port;

function dial(
  url = `ws://127.0.0.1:${port}`,
  headers: Record<string, string> = {},
  protocols: string[] = [],
): WebSocket {
  const socket = new WebSocket(url, protocols, { headers, autoPong: true });
  socket.on('error', () => undefined);
  open.push(socket);
  return socket;
}

async function dialed(...args: Parameters<typeof dial>): Promise<WebSocket> {
  const socket = dial(...args);
  await once(socket, 'open');
  return socket;
}

async function ask(socket: WebSocket, frame: unknown): Promise<ServerFrame> {
  const answer = once(socket, 'message');
  socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const [data] = await answer;
  return ServerFrame.parse(JSON.parse(String(data)));
}

const authenticate = (socket: WebSocket, accessToken = customer.accessToken) =>
  ask(socket, { type: 'authenticate', id: 'a1', accessToken });

const closed = async (socket: WebSocket): Promise<number> => (await once(socket, 'close'))[0] as number;

/** The status with which the handshake was refused. */
const refusedWith = (socket: WebSocket): Promise<number | undefined> =>
  new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.on('open', () => resolve(undefined));
  });

test('outside of tests: ten seconds to authenticate, five at most from the end of a session to that of its sockets', () => {
  expect(defaultLimits.authenticationMs).toBe(10_000);
  expect(watchEveryMs + defaultLimits.closeMs).toBeLessThan(5_000);
});

describe('where it is', () => {
  test('on a port of its own and at /ws of the API, and nowhere else there', async () => {
    for (const url of [
      `ws://127.0.0.1:${port}`,
      `ws://127.0.0.1:${apiPort()}/ws`,
      `ws://127.0.0.1:${apiPort()}/ws?x=1`,
    ]) {
      const ready = await authenticate(await dialed(url));
      expect(ready).toMatchObject({ type: 'ready', id: 'a1', user: { id: customer.id, role: 'customer' } });
    }
    expect(await refusedWith(dial(`ws://127.0.0.1:${apiPort()}/other`))).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(426);
  });

  test('the subprotocol is confirmed to those who ask for it', async () => {
    expect((await dialed(undefined, {}, [socketSubprotocol])).protocol).toBe(socketSubprotocol);
    expect((await dialed()).protocol).toBe('');
  });

  test('apps without an Origin and pages on the list get in, other pages do not', async () => {
    for (const origin of ['https://app.example.org', new URL(world.ctx.config.publicUrl).origin])
      expect(await refusedWith(dial(undefined, { origin })), origin).toBeUndefined();
    for (const origin of ['https://evil.example', 'null', '', 'https://app.example.org.evil.example'])
      expect(await refusedWith(dial(undefined, { origin })), origin).toBe(403);
  });
});

describe('authentication', () => {
  test('is the first frame; a token in the address or a header is nothing', async () => {
    const url = `ws://127.0.0.1:${port}/?token=${customer.accessToken}&access_token=${customer.accessToken}`;
    const socket = await dialed(url, { authorization: `Bearer ${customer.accessToken}` });
    expect(await ask(socket, { type: 'ping', id: 'p1' })).toMatchObject({
      type: 'error',
      id: 'p1',
      code: 'unauthenticated',
    });
    expect(await authenticate(socket)).toMatchObject({ type: 'ready' });
    expect(await ask(socket, { type: 'ping', id: 'p2' })).toMatchObject({ type: 'pong', id: 'p2' });
  });

  test('that fails is told and closes', async () => {
    const socket = await dialed();
    const gone = closed(socket);
    expect(await authenticate(socket, 'a'.repeat(43))).toMatchObject({
      type: 'error',
      code: 'token_expired',
    });
    expect(await gone).toBe(closeCodes.authenticationFailed);
  });

  test('that does not come in time closes', async () => {
    await serveAgain({ authenticationMs: 1_000 });
    const late = await dialed();
    const chatty = await dialed();
    const punctual = await dialed();
    await authenticate(punctual);
    await ask(chatty, { type: 'ping', id: 'p' });
    expect(await Promise.all([closed(late), closed(chatty)])).toEqual([
      closeCodes.authenticationTimeout,
      closeCodes.authenticationTimeout,
    ]);
    expect(await ask(punctual, { type: 'ping', id: 'p' })).toMatchObject({ type: 'pong' });
  });

  test('a second time is a conflict and changes nothing', async () => {
    const socket = await dialed();
    await authenticate(socket);
    const other = await createPerson(world, { role: 'contractor' });
    expect(await authenticate(socket, other.accessToken)).toMatchObject({ type: 'error', code: 'conflict' });
    expect(await ask(socket, { type: 'ping', id: 'p' })).toMatchObject({ type: 'pong' });
  });
});

describe('a session that ends', () => {
  test('by logging out closes its sockets and no others', async () => {
    const mine = await dialed();
    const others = await dialed();
    await authenticate(mine);
    await authenticate(others, (await createPerson(world, { role: 'customer' })).accessToken);
    const gone = closed(mine);
    await customer.client.call(accounts.logout);
    expect(await gone).toBe(closeCodes.sessionEnded);
    expect(await ask(others, { type: 'ping', id: 'p' })).toMatchObject({ type: 'pong' });
  });

  test.each([
    ['suspension', () => world.ctx.db.updateTable('users').set({ suspended_at: world.clock.now() })],
    ['deletion', () => world.ctx.db.updateTable('users').set({ deleted_at: world.clock.now() })],
  ])('by %s of the account closes its sockets', async (_name, change) => {
    const socket = await dialed();
    await authenticate(socket);
    const gone = closed(socket);
    await change().where('id', '=', customer.id).execute();
    expect(await gone).toBe(closeCodes.sessionEnded);
  });

  test('by its age closes its sockets', async () => {
    const socket = await dialed();
    await authenticate(socket);
    const gone = closed(socket);
    await world.ctx.db
      .updateTable('sessions')
      .set({ expires_at: new Date(world.clock.now().getTime() - dayMs) })
      .where('user_id', '=', customer.id)
      .execute();
    expect(await gone).toBe(closeCodes.sessionEnded);
  });

  test('is cut off even if the client does not answer the close, and is not heard any more', async () => {
    const socket = await rawSocket(port);
    socket.write(textFrame({ type: 'authenticate', id: 'a', accessToken: customer.accessToken }));
    await expect.poll(() => socket.heard()).toContain('"ready"');
    await customer.client.call(accounts.logout);
    await expect.poll(() => socket.heard()).toContain('the session has ended');
    socket.write(textFrame({ type: 'ping', id: 'still here' }));
    await socket.ended;
    expect(socket.heard()).not.toContain('still here');
  });
});

describe('bad frames', () => {
  test.each([
    ['not JSON', '{', null],
    ['a list', '[]', null],
    ['null', 'null', null],
    ['a number', '7', null],
    ['no type', '{"id":"x1"}', 'x1'],
    ['an unknown type', '{"type":"fly","id":"x2"}', 'x2'],
    ['an unknown field', '{"type":"ping","id":"x3","as":"admin"}', 'x3'],
    ['__proto__', '{"type":"ping","id":"x4","__proto__":{"actor":1}}', 'x4'],
    ['an id that is no text', '{"type":"ping","id":7}', null],
    ['an endless id', `{"type":"ping","id":"${'x'.repeat(1000)}"}`, null],
    ['a deep nest', `${'['.repeat(30_000)}`, null],
    ['NUL', '\0', null],
  ])('%s is answered with an error that names the frame if it can', async (_name, text, id) => {
    const socket = await dialed();
    await authenticate(socket);
    expect(await ask(socket, text)).toMatchObject({ type: 'error', id, code: 'validation_failed' });
    expect(await ask(socket, { type: 'ping', id: 'p' })).toMatchObject({ type: 'pong' });
  });

  test('bytes are not taken', async () => {
    const socket = await dialed();
    const answer = once(socket, 'message');
    socket.send(Buffer.from('{"type":"ping","id":"x"}'));
    expect(JSON.parse(String((await answer)[0]))).toMatchObject({ type: 'error', id: null });
  });

  test('above 64 KiB close with 1009; at 64 KiB they are still read', async () => {
    const socket = await dialed();
    const frame = JSON.stringify({ type: 'ping', id: 'x' });
    expect(await ask(socket, frame.padEnd(64 * 1024, ' '))).toMatchObject({ type: 'error', id: 'x' });
    const gone = closed(socket);
    socket.send(frame.padEnd(64 * 1024 + 1, ' '));
    expect(await gone).toBe(closeCodes.tooLarge);
  });

  test('that break the protocol or its text close, and the server goes on', async () => {
    for (const bytes of [
      [0xf1, 0x80, 0, 0, 0, 0],
      [0x81, 0x05, 0x61, 0x62, 0x63, 0x64, 0x65],
      [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe],
    ]) {
      const socket = await rawSocket(port);
      socket.write(Buffer.from(bytes));
      await socket.ended;
    }
    expect(await authenticate(await dialed())).toMatchObject({ type: 'ready' });
  });

  test('without end close', async () => {
    const socket = await dialed();
    const gone = closed(socket);
    for (let count = 0; count < 30; count += 1) socket.send('nonsense');
    expect(await gone).toBe(closeCodes.tooManyErrors);
  });

  test('faster than they are answered close', async () => {
    const socket = await dialed();
    await authenticate(socket);
    const gone = closed(socket);
    for (let count = 0; count < 5000; count += 1)
      socket.send(JSON.stringify({ type: 'ping', id: `p${count}` }));
    expect(await gone).toBe(closeCodes.tooManyErrors);
  });

  test('a broken handshake is refused', async () => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await once(socket, 'close');
    expect(heard).toMatch(/^HTTP\/1.1 400/);
  });
});

describe('the other end', () => {
  test('that does not read is cut when too much waits for it', async () => {
    await serveAgain({ maximumBufferedBytes: 64 * 1024, maximumQueued: 1000 });
    const socket = await rawSocket(port);
    socket.write(textFrame({ type: 'authenticate', id: 'a', accessToken: customer.accessToken }));
    await expect.poll(() => socket.heard()).toContain('"ready"');
    socket.stopReading();
    const pings = Buffer.concat(
      Array.from({ length: 500 }, () => textFrame({ type: 'ping', id: 'x'.repeat(64) })),
    );
    let isCut = false;
    void socket.ended.then(() => {
      isCut = true;
    });
    await expect
      .poll(
        () => {
          if (!isCut) socket.write(pings);
          return isCut;
        },
        { interval: 10 },
      )
      .toBe(true);
  });

  test('that has vanished is found by asking', async () => {
    await serveAgain({ probeEveryMs: 500 });
    const dead = await rawSocket(port);
    const alive = await dialed();
    await authenticate(alive);
    await dead.ended;
    expect(await ask(alive, { type: 'ping', id: 'p' })).toMatchObject({ type: 'pong' });
  });
});

describe('stopping', () => {
  test('says so to everybody, cuts who does not listen, and lets nobody in', async () => {
    const polite = await dialed();
    const deaf = await rawSocket(port);
    const gone = closed(polite);
    const stopped = sockets.stop();
    expect(await refusedWith(dial(`ws://127.0.0.1:${apiPort()}/ws`))).toBe(503);
    expect(await gone).toBe(closeCodes.goingAway);
    await stopped;
    await deaf.ended;
    await expect(once(dial(), 'open')).rejects.toThrow();
  });
});

type RawSocket = { write(bytes: Buffer): void; heard(): string; stopReading(): void; ended: Promise<void> };

/** A WebSocket made by hand, which answers nothing by itself: no close, no pong. */
async function rawSocket(toPort: number): Promise<RawSocket> {
  const socket = connect({ port: toPort, host: '127.0.0.1' });
  let heard = '';
  const listen = (chunk: Buffer) => {
    heard += chunk.toString('latin1');
  };
  socket.on('data', listen);
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    socket.on('end', () => resolve());
  });
  socket.write(
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await expect.poll(() => heard).toContain('\r\n\r\n');
  return {
    write: (bytes) => void socket.write(bytes),
    heard: () => heard,
    stopReading: () => socket.pause(),
    ended,
  };
}

/** A masked text frame, with a mask of zeros. */
function textFrame(frame: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(frame));
  const header =
    text.length < 126 ? [0x81, 0x80 | text.length] : [0x81, 0xfe, text.length >> 8, text.length & 0xff];
  return Buffer.concat([Buffer.from(header), Buffer.alloc(4), text]);
}
