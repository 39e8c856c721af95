import type { Room } from '@holdfast/contract';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, startChromium } from '../browser/chromium.ts';
import { startPageServer } from '../browser/page-server.ts';
import { patiently } from '../chaos/patiently.ts';
import { prepareSite, type Site } from '../chaos/site.ts';
import { connectTalker, say, storedIn, type Talker } from '../chaos/talkers.ts';
import { createPerson, type Person } from '../people.ts';
import { openRoomOf } from '../talk.ts';

/* The client in a browser, on a page that is served from somewhere else than the API. */

const path = findChromium();
if (path === undefined)
  console.warn(
    'SKIPPED: the client in a browser, since there is no CHROMIUM_PATH and no chromium on the PATH',
  );

const each = 60;

let pages: Awaited<ReturnType<typeof startPageServer>>;
let site: Site;
let browser: Browser;
let page: Page;
let ada: Person;
let carl: Person;
let room: Room;
let other: Talker;
const broken: string[] = [];

const socketUrl = () => `ws://127.0.0.1:${site.socketPort}`;

async function openPage(origin: string): Promise<Page> {
  const opened = await browser.newPage();
  opened.on('pageerror', ({ message }) => broken.push(message));
  await opened.goto(origin);
  await opened.waitForFunction(() => globalThis.talker !== undefined);
  return opened;
}

describe.skipIf(path === undefined)('in a browser', () => {
  beforeAll(async () => {
    pages = await startPageServer();
    site = await prepareSite({ ALLOWED_ORIGINS: `http://127.0.0.1:${pages.port}` });
    await site.start();
    const world = await site.lookInside();
    ada = await createPerson(world, { role: 'customer' });
    carl = await createPerson(world, { role: 'contractor' });
    room = await patiently(() => openRoomOf(ada, carl));
    browser = await startChromium(path!);
    page = await openPage(`http://127.0.0.1:${pages.port}`);
  });
  afterAll(async () => {
    other?.chat.close();
    await browser?.close();
    await site?.clear();
    await pages?.close();
  });

  test('one has everything once and in order, though the server was killed and came back', async () => {
    other = connectTalker(site.socketPort, carl, room);
    await page.evaluate(
      ([url, token, id]) => globalThis.talker.connect(url!, token!, id!),
      [socketUrl(), ada.accessToken, room.id],
    );
    await expect.poll(() => page.evaluate(() => globalThis.talker.state())).toBe('ready');
    const talking = (from: number) =>
      Promise.all([
        page.evaluate(
          ([first, count]) =>
            Promise.all(
              Array.from({ length: count! }, (_, at) => globalThis.talker.say(`ada ${first! + at}`)),
            ),
          [from, each],
        ),
        Promise.all(Array.from({ length: each }, (_, at) => say(other, `carl ${from + at}`))),
      ]);
    await talking(0);
    const meanwhile = talking(each);
    await site.kill();
    await site.start();
    const [places] = await meanwhile;
    await talking(2 * each);
    const stored = (await storedIn(room, carl)).map(({ message, seq }) => [message, seq]);
    expect(stored.map(([, seq]) => seq)).toEqual(Array.from({ length: 6 * each }, (_, at) => at + 1));
    expect(new Set(stored.map(([text]) => text)).size).toBe(6 * each);
    const written = new Map(stored as [string, number][]);
    expect(places).toEqual(places.map((_, at) => written.get(`ada ${each + at}`)));
    const heardThere = () => page.evaluate(() => globalThis.talker.heard());
    await expect.poll(async () => (await heardThere()).length).toBe(6 * each);
    expect(await heardThere()).toEqual(stored);
    await page.evaluate((seq) => globalThis.talker.markRead(seq), stored.length);
    await expect
      .poll(() => other.chat.rooms()[0])
      .toMatchObject({ otherReadSeq: stored.length, presence: { isOnline: true } });
    expect(broken).toEqual([]);
  });

  test('REST can be called from a page of a listed origin', async () => {
    const ask = () =>
      page.evaluate(([url, token]) => globalThis.talker.roomIds(url!, token!), [site.url, ada.accessToken]);
    // A server on a busy machine may turn it away for a while.
    await expect.poll(() => ask().catch(String)).toEqual([room.id]);
  });

  test('a page of another origin gets neither a socket nor an answer', async () => {
    // The same page, and the same server of it, by another name.
    const foreign = await openPage(`http://localhost:${pages.port}`);
    expect(await dial(foreign)).toBe(1006);
    const asking = foreign.evaluate(
      ([url, token]) => globalThis.talker.roomIds(url!, token!),
      [site.url, ada.accessToken],
    );
    await expect(asking).rejects.toThrow('Failed to fetch');
    // It was the origin: from the other page the same is open.
    expect(await dial(page)).toBe('open');
  });
});

/** A socket from this page: whether it opens, or the code with which it is closed before. */
const dial = (from: Page): Promise<unknown> =>
  from.evaluate(
    ([url]) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url!, ['holdfast.v1']);
        socket.onopen = () => resolve('open');
        socket.onclose = ({ code }) => resolve(code);
      }),
    [socketUrl()],
  );
