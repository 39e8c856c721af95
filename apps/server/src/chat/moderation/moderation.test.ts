import {
  admin as adminApi,
  adminChat as api,
  chat,
  type Message,
  type ReportOutcome,
  type Room,
} from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchAs, pdf, uploadOne } from '../../../test/files.ts';
import { refusal } from '../../../test/jobs.ts';
import { liveSockets } from '../../../test/live.ts';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { connectDevice, newName, openRoomOf } from '../../../test/talk.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { hourMs } from '../../clock.ts';
import type { Sockets } from '../../ws/sockets.ts';

const secret = 'Write to ada.fischer@example.org';

let world: World;
let sockets: Sockets;
let port: number;
let ada: Person;
let carl: Person;
let grace: Person;
let room: Room;
beforeAll(async () => {
  world = await startWorld({ config: { contactDetails: 'hold' } });
  sockets = liveSockets(world);
  port = await sockets.listen(0, '127.0.0.1');
  grace = await createPerson(world, { role: 'admin', name: 'Grace' });
});
afterAll(async () => {
  await sockets.stop();
  await world.stop();
});
beforeEach(async () => {
  world.ctx.config.contactDetails = 'hold';
  await forgetRateLimits(world);
  await world.ctx.db.deleteFrom('reports').execute();
  await world.ctx.db.deleteFrom('messages').execute();
  ada = await createPerson(world, { role: 'customer', name: 'Ada' });
  carl = await createPerson(world, { role: 'contractor', name: 'Carl' });
  room = await openRoomOf(ada, carl);
});

const say = (message: string, names: string[] = []) =>
  ada.client.call(chat.send, {
    params: { id: room.id },
    body: { clientMessageId: newName(), message, ...(names.length > 0 ? { files: names } : {}) },
  });
const sayMarked = async () => {
  world.ctx.config.contactDetails = 'flag';
  const message = await say(secret);
  world.ctx.config.contactDetails = 'hold';
  return message;
};
const edit = (id: string, message: string) =>
  ada.client.call(chat.edit, { params: { id }, body: { message } });
const list = (query: { state?: 'held' | 'flagged'; cursor?: string; limit?: string } = {}, by = grace) =>
  by.client.call(api.listMessages, { query });
const release = (id: string, version = 1, by = grace) =>
  by.client.call(api.releaseMessage, { params: { id }, body: { version } });
const remove = (id: string, by = grace) =>
  by.client.call(api.removeMessage, { params: { id }, body: { reason: 'Leads past the platform.' } });
const newestSeenBy = async (person: Person): Promise<Message> =>
  (await person.client.call(chat.history, { params: { id: room.id }, query: {} })).messages.at(-1)!;
const newestLine = async () => (await grace.client.call(adminApi.listActions, { query: {} })).items[0]!;
const found = async (person: Person) =>
  (await person.client.call(chat.search, { query: { q: 'write' } })).items.length;
const nobody = `msg_${'0'.repeat(22)}`;

const report = (messageId?: string, description = 'He wants to be paid in cash.', userId = ada.id) =>
  carl.client.call(chat.report, {
    body: { userId, reason: 'fraud', description, ...(messageId === undefined ? {} : { messageId }) },
  });
const reports = (query: { state?: 'open' | 'closed'; cursor?: string; limit?: string } = {}) =>
  grace.client.call(api.listReports, { query });
const close = (id: string, outcome: ReportOutcome, note = 'Looked into.') =>
  grace.client.call(api.closeReport, { params: { id }, body: { outcome, note } });
const openReport = async () => (await reports()).items[0]!;

describe('admins see', () => {
  test('what is held with both people and the words, and who read it is in the audit log', async () => {
    const { id } = await say(secret);
    const { items } = await list();
    expect(items).toMatchObject([
      {
        id,
        roomId: room.id,
        seq: 1,
        sender: { id: ada.id, name: 'Ada' },
        receiver: { id: carl.id, name: 'Carl' },
        message: secret,
        isHeld: true,
        isFlagged: true,
        version: 1,
      },
    ]);
    expect(await newestLine()).toMatchObject({
      admin: { id: grace.id },
      action: 'message.read',
      subject: 'messages.held',
      details: { messageIds: [id] },
    });
  });

  test('what is marked in a list of its own; an empty page is no reading', async () => {
    const { id } = await sayMarked();
    const before = (await newestLine()).seq;
    expect((await list()).items).toEqual([]);
    expect((await newestLine()).seq).toBe(before);
    expect((await list({ state: 'flagged' })).items).toMatchObject([{ id, isHeld: false, message: secret }]);
    expect(await newestLine()).toMatchObject({ subject: 'messages.flagged' });
    await ada.client.call(chat.remove, { params: { id } });
    expect((await list({ state: 'flagged' })).items).toEqual([]);
  });

  test('pages, newest first, each message once', async () => {
    const sent: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      sent.unshift((await say(`${secret} ${index}`)).id);
      world.clock.advance(1000);
    }
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await list({ limit: '2', ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map(({ id }) => id));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(sent);
    const { nextCursor } = await reportsOf(3);
    expect(await refusal(list({ cursor: nextCursor! }))).toBe('validation_failed');
  });

  const reportsOf = async (count: number) => {
    for (let index = 0; index < count; index += 1) await report();
    return reports({ limit: '1' });
  };

  test('attachments of what is held, by links of their own', async () => {
    const file = await uploadOne(ada, { purpose: 'chat' }, pdf());
    await say(secret, [file.filename]);
    const [shown] = (await list()).items;
    expect(shown!.attachments).toMatchObject([{ filename: file.filename, originalName: 'quote.pdf' }]);
    expect((await fetchAs(world, undefined, shown!.attachments[0]!.url!)).status).toBe(200);
  });
});

describe('releasing', () => {
  test('gives the receiver the words at their place, as after an edit, and both are told', async () => {
    const [mine, other] = [await connectDevice(port, ada), await connectDevice(port, carl)];
    const { id } = await say(secret);
    await say('And the day after?');
    expect(await release(id)).toMatchObject({
      id,
      isHeld: false,
      isFlagged: false,
      version: 2,
      message: secret,
    });
    for (const device of [mine, other])
      expect(await device.hear('message', ({ message }) => message.version === 2)).toMatchObject({
        message: { id, seq: 1, message: secret, isHeld: false, editedAt: null },
      });
    expect(await newestLine()).toMatchObject({
      action: 'message.release',
      subject: id,
      details: { roomId: room.id, senderId: ada.id, version: 1, wasHeld: true },
    });
    expect(await found(carl)).toBe(1);
    expect((await list()).items).toEqual([]);
    for (const device of [mine, other]) await device.close();
  });

  test('gives the files as well', async () => {
    const file = await uploadOne(ada, { purpose: 'chat' }, pdf());
    const { id } = await say(secret, [file.filename]);
    expect((await fetchAs(world, carl, file.path)).status).toBe(404);
    await release(id);
    expect((await newestSeenBy(carl)).attachments).toMatchObject([{ filename: file.filename }]);
    expect((await fetchAs(world, carl, file.path)).status).toBe(200);
  });

  test('takes the mark off what was let through with one', async () => {
    const { id } = await sayMarked();
    expect(await release(id)).toMatchObject({ isFlagged: false });
    expect((await list({ state: 'flagged' })).items).toEqual([]);
    expect(await newestLine()).toMatchObject({ action: 'message.release', details: { wasHeld: false } });
  });

  test('is of the words that were read: changed ones are not slipped through', async () => {
    const { id } = await say(secret);
    await edit(id, 'Or call +43 660 123 45 67');
    expect(await refusal(release(id))).toBe('conflict');
    expect(await newestSeenBy(carl)).toMatchObject({ message: '', isHeld: true });
    await release(id, 2);
    expect(await newestSeenBy(carl)).toMatchObject({ message: 'Or call +43 660 123 45 67' });
    // Once it is out, new words are looked at anew.
    await edit(id, secret);
    expect(await newestSeenBy(carl)).toMatchObject({ message: '', isHeld: true, version: 4 });
  });

  test('is a conflict for what is neither held nor marked, or deleted, and not_found for nothing', async () => {
    expect(await refusal(release((await say('Good morning')).id))).toBe('conflict');
    const { id } = await say(secret);
    await ada.client.call(chat.remove, { params: { id } });
    expect(await refusal(release(id, 2))).toBe('conflict');
    expect(await refusal(release(nobody))).toBe('not_found');
    expect(await refusal(release(id, 0))).toBe('validation_failed');
  });
});

describe('removing', () => {
  test('empties it for both, long after its sender could, and says why in the audit log', async () => {
    const file = await uploadOne(ada, { purpose: 'chat' }, pdf());
    const { id } = await say(secret, [file.filename]);
    expect(await found(ada)).toBe(1);
    world.clock.advance(48 * hourMs);
    const [mine, other] = [await connectDevice(port, ada), await connectDevice(port, carl)];
    expect(await remove(id)).toMatchObject({ message: '', isHeld: false, attachments: [] });
    for (const device of [mine, other])
      expect(await device.hear('message', ({ message }) => message.deletedAt !== null)).toMatchObject({
        message: { id, message: '', attachments: [], isHeld: false },
      });
    for (const person of [ada, carl]) expect(await found(person)).toBe(0);
    expect(await newestLine()).toMatchObject({
      action: 'message.remove',
      subject: id,
      details: { reason: 'Leads past the platform.', wasHeld: true, senderId: ada.id },
    });
    expect((await fetchAs(world, carl, file.path)).status).toBe(404);
    expect(await refusal(remove(id))).toBe('conflict');
    expect(await refusal(edit(id, 'again'))).toBe('conflict');
    for (const device of [mine, other]) await device.close();
  });

  test('is for what is held, marked or reported, not for any message', async () => {
    const { id } = await say('Good morning');
    expect(await refusal(remove(id))).toBe('conflict');
    await report(id);
    expect(await remove(id)).toMatchObject({ message: '', deletedAt: expect.any(String) });
    expect(await remove((await sayMarked()).id)).toMatchObject({ message: '' });
    expect(await refusal(remove(nobody))).toBe('not_found');
  });
});

describe('reports', () => {
  test('name both people and show the message as it was, whatever its sender makes of it', async () => {
    const { id } = await say('Pay me in cash');
    await report(id);
    await edit(id, 'Good morning');
    const one = await openReport();
    expect(one).toMatchObject({
      reporter: { id: carl.id, name: 'Carl' },
      person: { id: ada.id, name: 'Ada' },
      message: { id, message: 'Good morning', sender: { name: 'Ada' } },
      messageText: 'Pay me in cash',
      reason: 'fraud',
      description: 'He wants to be paid in cash.',
      outcome: null,
      closedAt: null,
    });
    expect(await newestLine()).toMatchObject({
      action: 'message.read',
      subject: 'reports.open',
      details: { messageIds: [id] },
    });
  });

  test('about the same message by the same person are one, also at once', async () => {
    const { id } = await say('Pay me in cash');
    await Promise.all(Array.from({ length: 5 }, (_, index) => report(id, `Word ${index}`)));
    await report(id, 'And again');
    expect((await reports()).items).toHaveLength(1);
    const { id: reportId } = await openReport();
    await close(reportId, 'dismissed');
    await report(id, 'Still');
    expect((await reports()).items).toEqual([]);
  });

  test('about a person need no message', async () => {
    await report();
    expect(await openReport()).toMatchObject({ message: null, messageText: null, person: { id: ada.id } });
    expect(await refusal(report(nobody))).toBe('not_found');
  });

  test('are closed once, with what came of them, which is in the audit log', async () => {
    await report();
    const { id } = await openReport();
    expect(await close(id, 'warned', 'Told her by mail.')).toMatchObject({
      outcome: 'warned',
      note: 'Told her by mail.',
      closedBy: { id: grace.id, name: 'Grace' },
      closedAt: world.clock.now().toISOString(),
    });
    expect(await newestLine()).toMatchObject({
      action: 'report.close',
      subject: id,
      details: { outcome: 'warned', note: 'Told her by mail.', userId: ada.id, messageId: null },
    });
    expect(await refusal(close(id, 'dismissed'))).toBe('conflict');
    expect((await reports()).items).toEqual([]);
    expect((await reports({ state: 'closed' })).items).toMatchObject([{ id, outcome: 'warned' }]);
    expect(await refusal(close(`rep_${'0'.repeat(22)}`, 'dismissed'))).toBe('not_found');
    const outcomes = await Promise.all([report(), report()]);
    expect(outcomes).toHaveLength(2);
    const { id: second } = await openReport();
    const closed = await Promise.all(
      (['warned', 'dismissed', 'warned'] as const).map((outcome) =>
        close(second, outcome).then(
          () => 'done',
          () => 'conflict',
        ),
      ),
    );
    expect(closed.filter((one) => one === 'done')).toHaveLength(1);
  });

  test('cannot be closed by what was not done', async () => {
    const { id: messageId } = await say('Pay me in cash');
    await report(messageId);
    const { id } = await openReport();
    for (const outcome of ['message_removed', 'suspended'] as const)
      expect(await refusal(close(id, outcome))).toBe('conflict');
    await remove(messageId);
    expect(await close(id, 'message_removed')).toMatchObject({ message: { message: '' } });
    await report();
    const { id: second } = await openReport();
    expect(await refusal(close(second, 'message_removed'))).toBe('conflict');
    await grace.client.call(adminApi.suspendUser, { params: { id: ada.id }, body: { reason: 'Fraud.' } });
    expect(await close(second, 'suspended')).toMatchObject({ outcome: 'suspended' });
  });
});

test('nobody but admins gets in: neither the two themselves nor others', async () => {
  const { id } = await say(secret);
  const carla = await createPerson(world, { role: 'contractor' });
  for (const person of [ada, carl, carla]) {
    expect(await refusal(list({}, person))).toBe('forbidden');
    expect(await refusal(release(id, 1, person))).toBe('forbidden');
    expect(await refusal(remove(id, person))).toBe('forbidden');
  }
  expect(await newestSeenBy(carl)).toMatchObject({ message: '', isHeld: true });
});
