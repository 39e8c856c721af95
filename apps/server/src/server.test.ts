import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createTestDatabase, type TestDatabase } from '../test/database.ts';
import { systemClock } from './clock.ts';
import { readConfig } from './config.ts';
import { type Ctx, closeContext, createContext, type RunningConfig } from './context.ts';
import { createLog } from './log.ts';
import { type RunningServer, startServer } from './server.ts';

let database: TestDatabase;
let running: { ctx: Ctx; server: RunningServer } | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  return () => database.drop();
});

afterEach(async () => {
  await running?.server.stop().catch(() => undefined);
  if (running !== undefined) await closeContext(running.ctx);
  running = undefined;
});

const contextWith = (over: Partial<RunningConfig>): Ctx => {
  const config: RunningConfig = {
    ...readConfig({ LOG_LEVEL: 'silent', PORT: '0', SOCKET_PORT: '0' }),
    databaseUrl: database.url,
    smtpUrl: 'smtp://127.0.0.1:9',
    stripe: {
      secretKey: 'sk_test_x',
      publishableKey: 'pk_test_x',
      webhookSecrets: [],
      apiBase: 'http://127.0.0.1:9',
    },
    ...over,
  };
  return createContext(config, systemClock, createLog('silent'));
};

async function start(over: Partial<RunningConfig> = {}): Promise<RunningServer> {
  const ctx = contextWith(over);
  const server = await startServer(ctx, (app) => {
    app.get('/slow', async () => {
      slow.hasStarted = true;
      await slow.finished;
      return { done: true };
    });
  });
  running = { ctx, server };
  return server;
}

const slow = { hasStarted: false, finished: Promise.resolve() };

describe('a server', () => {
  test('answers on its two ports, and the socket on both', async () => {
    const { port, socketPort } = await start();
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    for (const address of [`ws://127.0.0.1:${port}/ws`, `ws://127.0.0.1:${socketPort}`]) {
      const socket = new WebSocket(address);
      await once(socket, 'open');
      socket.terminate();
    }
  });

  test('runs the outbox itself unless it is told not to', async () => {
    expect((await start()).worker).toBeDefined();
    await running!.server.stop();
    expect((await start({ runWorker: false })).worker).toBeUndefined();
  });

  test('a port in use stops the start, and leaves nothing listening', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const ctx = contextWith({ socketPort: (taken.address() as AddressInfo).port });
    await expect(startServer(ctx)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await closeContext(ctx);
    taken.close();
  });
});

describe('stopping', () => {
  test('answers what is under way, tells sockets to come back, finishes the outbox and frees the ports', async () => {
    let finish = () => {};
    slow.finished = new Promise((resolve) => {
      finish = resolve;
    });
    slow.hasStarted = false;
    const server = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${server.socketPort}`);
    await once(socket, 'open');
    const answer = fetch(`http://127.0.0.1:${server.port}/slow`);
    const closed = once(socket, 'close');
    await expect.poll(() => slow.hasStarted).toBe(true);
    const stopped = server.stop();
    expect((await closed)[0]).toBe(1001);
    finish();
    expect(await (await answer).json()).toEqual({ done: true });
    await stopped;
    for (const port of [server.port, server.socketPort]) expect(await isListening(port)).toBe(false);
    const { rows } = await running!.ctx.pool.query('select from outbox_workers');
    expect(rows).toEqual([]);
  });
});

/** Whether somebody listens there. */
function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
