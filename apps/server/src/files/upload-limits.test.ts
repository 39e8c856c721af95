import { once } from 'node:events';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { files } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { everyByte, formOf, pdf, photo, text, uploadOne } from '../../test/files.ts';
import { refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { smallFileSystem } from '../../test/small-file-system.ts';
import { startWorld, type World } from '../../test/world.ts';
import { profilePictures } from '../accounts/accounts.ts';
import { chatFiles } from '../chat/chat.ts';
import { createHttpServer } from '../http/server.ts';
import type { UploadLimits } from './limits.ts';
import { serveFiles } from './routes.ts';

let world: World;
let ada: Person;
beforeAll(async () => {
  world = await startWorld();
  ada = await createPerson(world, { role: 'customer' });
});
afterAll(() => world.stop());
beforeEach(() => forgetRateLimits(world));

/** The files alone, with limits of their own. */
async function withLimits(
  uploadLimits: UploadLimits,
  { ctx } = world,
): Promise<{ app: FastifyInstance; port: number }> {
  const app = await createHttpServer(ctx);
  const rest = chatFiles;
  const purposes = {
    profile: profilePictures,
    portfolio: rest,
    job: rest,
    proof: rest,
    evidence: rest,
    chat: rest,
  };
  await serveFiles(app, ctx, { purposes, recordRemoval: async () => undefined, uploadLimits });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { app, port: (app.server.address() as AddressInfo).port };
}

const head = (length: number) =>
  `POST ${files.upload.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ada.accessToken}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: ${length}\r\n\r\n`;
const begin =
  '--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nchat\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\ntwo ';

/** All that came until the server closed the connection. */
function talk(port: number): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  const answer = new Promise<string>((resolve) => {
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
  });
  return { socket, answer };
}

/** What the server takes from the next connection until it is closed; what the system keeps in buffers is not among it. */
async function bytesReadBy(server: Server): Promise<number> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  await once(socket, 'close');
  return socket.bytesRead;
}

const spooled = async () => (await everyByte(world)).filter((path) => path.includes('upl_'));

describe('an upload', () => {
  test('that stands still is told so and cut off, in the middle of a file and before it', async () => {
    const { app, port } = await withLimits({ stallMs: 150, totalMs: 60_000, atOnce: 10 });
    for (const bytes of [begin, '--x\r\ncontent-disp', '']) {
      const { socket, answer } = talk(port);
      socket.write(head(10_000) + bytes);
      const heard = await answer;
      expect(heard).toMatch(/^HTTP\/1.1 408 /);
      expect(heard).toContain('"code":"request_timeout"');
    }
    await expect.poll(spooled).toEqual([]);
    await app.close();
  });

  test('that comes drop by drop has an end all the same', async () => {
    const { app, port } = await withLimits({ stallMs: 5_000, totalMs: 400, atOnce: 10 });
    const { socket, answer } = talk(port);
    socket.write(head(1_000_000) + begin);
    const drops = setInterval(() => socket.write('x'), 20);
    const heard = await answer;
    clearInterval(drops);
    expect(heard).toMatch(/^HTTP\/1.1 408 /);
    await expect.poll(spooled).toEqual([]);
    await app.close();
  });

  test('beyond as many as a process takes is sent away, and is taken once one of them is over', async () => {
    const { app, port } = await withLimits({ stallMs: 20_000, totalMs: 60_000, atOnce: 2 });
    const running = [talk(port), talk(port)];
    for (const { socket } of running) socket.write(head(10_000) + begin);
    await expect.poll(async () => (await spooled()).length).toBe(2);
    const send = () =>
      fetch(`http://127.0.0.1:${port}${files.upload.path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ada.accessToken}` },
        body: formOf({ purpose: 'chat' }, [text('x')]),
      });
    const refused = await send();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await refused.bytes();
    for (const { socket } of running) {
      socket.destroy();
      await once(socket, 'close');
    }
    await expect.poll(async () => (await send()).status).toBe(201);
    await app.close();
  });

  test('with more than it said, or endless, is cut at what any upload may have', async () => {
    const small = await startWorld({ config: { maximumFileBytes: 10_000 } });
    const person = await createPerson(small, { role: 'customer' });
    const { app, port } = await withLimits({ stallMs: 20_000, totalMs: 60_000, atOnce: 10 }, small);
    const read = bytesReadBy(app.server);
    const { socket, answer } = talk(port);
    socket.write(
      `POST ${files.upload.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${person.accessToken}\r\ncontent-type: multipart/form-data; boundary=x\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = (bytes: string) => `${bytes.length.toString(16)}\r\n${bytes}\r\n`;
    socket.write(chunk(begin));
    let sent = 0;
    const more = () => {
      while (!socket.destroyed && sent < 100_000_000) {
        sent += 10_000;
        if (!socket.write(chunk('x'.repeat(10_000)))) return;
      }
    };
    socket.on('drain', more);
    more();
    expect(await answer).toMatch(/^HTTP\/1.1 413 |^$/);
    // An upload may have 165,536 bytes here; the rest is what Node reads ahead, 64 KiB at a time.
    expect(await read).toBeLessThan(500_000);
    expect(await everyByte(small)).toEqual([]);
    await app.close();
    await small.stop();
  });
});

test('on a full disk it is a 507, nothing is lost, and what fits is still taken', async ({ skip }) => {
  const full = await smallFileSystem();
  if (full === undefined) {
    console.warn('SKIPPED: a full disk, since no file system can be mounted here');
    return skip();
  }
  const there = await startWorld({ config: { uploadDir: full.path } });
  try {
    const person = await createPerson(there, { role: 'customer' });
    const kept = await uploadOne(person, { purpose: 'chat' }, text('two coats'));
    // Fits as it comes, and not once more with what is made of it.
    const large = await photo(1500, 1100);
    expect(large.bytes.length).toBeLessThan(1_000_000);
    for (let round = 0; round < 5; round += 1)
      for (const sent of [pdf(2_000_000), large])
        expect(await refusal(uploadOne(person, { purpose: 'chat' }, sent))).toBe('storage_full');
    await uploadOne(person, { purpose: 'chat' }, pdf(300_000));
    const { items } = await person.client.call(files.listOwn, { query: {} });
    expect(items.length).toBe(2);
    expect((await everyByte(there)).length).toBe(2);
    const answer = await fetch(new URL(kept.url!, there.url));
    expect(await answer.text()).toBe('two coats');
  } finally {
    await there.stop();
    await full.remove();
  }
});
