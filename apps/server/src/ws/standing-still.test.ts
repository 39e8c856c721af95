import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { liveSockets } from '../../test/live.ts';
import { startWorld } from '../../test/world.ts';

test('who has answered is kept, also by a server that stood still since it asked', async () => {
  const world = await startWorld();
  const sockets = liveSockets(world, { probeEveryMs: 200 });
  const port = await sockets.listen(0, '127.0.0.1');
  // In a thread of its own, so that it answers while this one does nothing.
  const client = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    const { WebSocket } = require('ws');
    const socket = new WebSocket(workerData);
    for (const what of ['ping', 'close']) socket.on(what, () => parentPort.postMessage(what));
    socket.on('error', () => undefined);`,
    { eval: true, workerData: `ws://127.0.0.1:${port}` },
  );
  const heard: string[] = [];
  client.on('message', (what: string) => heard.push(what));
  const ask = WebSocket.prototype.ping;
  const pings = vi.spyOn(WebSocket.prototype, 'ping').mockImplementation(function (this: WebSocket) {
    ask.call(this);
    setImmediate(() => {
      const until = performance.now() + 500;
      while (performance.now() < until);
    });
  });
  onTestFinished(async () => {
    pings.mockRestore();
    await client.terminate();
    await sockets.stop();
    await world.stop();
  });
  await expect.poll(() => heard.filter((what) => what === 'ping').length).toBeGreaterThanOrEqual(4);
  expect(heard).not.toContain('close');
});
