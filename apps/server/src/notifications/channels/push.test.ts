import { accounts, notifications, notificationTypes } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDevice, parcelFor } from '../../../test/parcels.ts';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { dayMs, minuteMs } from '../../clock.ts';
import { inTransaction } from '../../db/transaction.ts';
import { newId } from '../../ids.ts';
import { createLog } from '../../log.ts';
import { deliverNotifications, notify } from '../notifications.ts';
import type { Parcel } from './parcel.ts';
import { sendPush } from './push.ts';
import { channelOf, pushMessageOf } from './push-message.ts';

let world: World;
let person: Person;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  world.fcm.behave();
  world.fcm.clear();
  person = await createPerson(world, { role: 'customer' });
});

const parcel = (rest: Partial<Parcel> = {}, who = person) => parcelFor(world, who, rest);
const send = async (one = parcel()) => (await sendPush(world.ctx, [one]))[0]!;
const taken = () => world.fcm.pushes().map((push) => push.token);
const rows = () => world.ctx.db.selectFrom('devices').selectAll().where('user_id', '=', person.id).execute();

describe('a parcel', () => {
  test('goes to every device of its person, and to nobody else’s', async () => {
    const other = await createPerson(world, { role: 'contractor' });
    await addDevice(other);
    const tokens = [await addDevice(person), await addDevice(person)];
    expect(await send()).toEqual({ kind: 'sent', reference: expect.stringMatching(/^\d+$/) });
    expect(taken().toSorted()).toEqual(tokens.toSorted());
  });

  test('says what, which number and where to, and of its facts the ids alone', async () => {
    await addDevice(person);
    const one = parcel();
    await send(one);
    expect(world.fcm.pushes()[0]!.message).toMatchObject({
      notification: { title: one.title, body: one.message },
      data: {
        type: 'booking.confirmed',
        notificationId: one.notificationId,
        bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
        route: '/bookings/bkg_5qZr8Vb2NfK0tXy7WcL3mD',
        unread: '3',
      },
      android: { priority: 'high', notification: { channel_id: 'bookings', tag: one.notificationId } },
      apns: { payload: { aps: { badge: 3, sound: 'default', 'thread-id': 'bkg_5qZr8Vb2NfK0tXy7WcL3mD' } } },
    });
    const { data } = world.fcm.pushes()[0]!.message;
    expect(Object.keys(data!).toSorted()).toEqual(['bookingId', 'notificationId', 'route', 'type', 'unread']);
  });

  test('of a room takes the place of an earlier one of that room', async () => {
    await addDevice(person);
    const data = { roomId: 'rom_5qZr8Vb2NfK0tXy7WcL3mD', messageId: 'msg_5qZr8Vb2NfK0tXy7WcL3mD' };
    await send(parcel({ type: 'message.received', data: { ...data, preview: 'Tomorrow?' } }));
    await send(parcel({ type: 'message.received', data: { ...data, preview: 'At nine?', count: 2 } }));
    for (const { message } of world.fcm.pushes()) {
      expect(message).toMatchObject({
        android: { collapse_key: `room:${data.roomId}`, notification: { tag: `room:${data.roomId}` } },
        apns: { headers: { 'apns-collapse-id': `room:${data.roomId}` } },
      });
      expect(JSON.stringify(message.data)).not.toMatch(/Tomorrow|nine/);
    }
    expect(world.fcm.pushes()[1]!.message.android?.notification?.notification_count).toBe(2);
  });

  test('of several that were held back leads to the list', async () => {
    await addDevice(person);
    const item = { type: 'job.posted' as const, title: 'A job', message: '', data: { jobId: 'job_1' } };
    await send(
      parcel({ type: 'job.posted', title: '2 new jobs', data: { jobId: 'job_1' }, items: [item, item] }),
    );
    expect(world.fcm.pushes()[0]!.message).toMatchObject({
      data: { route: '/notifications' },
      android: { notification: { channel_id: 'jobs', notification_count: 2 } },
    });
    expect(world.fcm.pushes()[0]!.message.data).not.toHaveProperty('jobId');
  });

  test('of each type has a channel and a page, with or without ids', async () => {
    const data = {
      jobId: 'job_1',
      bookingId: 'bkg_1',
      roomId: 'rom_1',
      paymentId: 'pay_1',
      disputeId: 'dsp_1',
      chargebackId: 'cbk_1',
      refundId: 'rfd_1',
    };
    const pages = notificationTypes.map((type) => {
      const { route } = pushMessageOf(parcel({ type, data }), { token: 'x' }, world.clock.now()).data;
      const bare = pushMessageOf(parcel({ type, data: {} }), { token: 'x' }, world.clock.now()).data.route;
      expect(bare, type).toMatch(/^\/(notifications|payouts|settings\/security|admin)$/);
      return [type.split('.')[0], channelOf(type), route];
    });
    expect([...new Set(pages.map((one) => one.join(' ')))]).toEqual([
      'job jobs /jobs/job_1',
      'application jobs /jobs/job_1',
      'booking bookings /bookings/bkg_1',
      'message messages /rooms/rom_1',
      'payment payments /payments/pay_1',
      'payment payments /bookings/bkg_1',
      'refund payments /payments/pay_1',
      'dispute bookings /disputes/dsp_1',
      'chargeback payments /payments/pay_1',
      'payout payments /payouts',
      'review bookings /bookings/bkg_1',
      'account security /settings/security',
      'admin payments /admin/chargebacks/cbk_1',
    ]);
  });

  test('fits into what Firebase takes at its longest', async () => {
    await addDevice(person);
    const id = (prefix: string) => `${prefix}_${'9'.repeat(22)}`;
    const data = Object.fromEntries(
      [
        'job',
        'application',
        'booking',
        'room',
        'message',
        'payment',
        'payout',
        'dispute',
        'review',
        'refund',
      ].map((name) => [`${name}Id`, id(name.slice(0, 3))]),
    );
    expect(await send(parcel({ title: '✓'.repeat(100), message: '漢'.repeat(300), data }))).toMatchObject({
      kind: 'sent',
    });
  });
});

describe('nobody is pushed to', () => {
  test('without a device', async () => {
    expect(await send()).toEqual({ kind: 'suppressed', reason: 'no_device' });
  });

  test('whose session has ended, even if the device is still there', async () => {
    const tokens = await world.client.call(accounts.login, {
      body: { email: person.email, password: person.password },
    });
    await addDevice({ ...person, client: world.client.as(tokens.accessToken) });
    await world.ctx.db
      .updateTable('sessions')
      .set({ revoked_at: world.clock.now() })
      .where('user_id', '=', person.id)
      .execute();
    expect(await rows()).toHaveLength(1);
    expect(await send()).toEqual({ kind: 'suppressed', reason: 'no_device' });
    expect(taken()).toEqual([]);
  });

  test('where pushes are off', async () => {
    await addDevice(person);
    expect(await sendPush({ ...world.ctx, push: undefined }, [parcel()])).toEqual([
      { kind: 'suppressed', reason: 'push_off' },
    ]);
  });
});

describe('tokens', () => {
  test.each([
    ['unregistered-', 'unregistered'],
    ['invalid-', 'invalid_token'],
    ['mismatch-', 'sender_mismatch'],
  ])('that begin with %s are gone and forgotten; the others take the push', async (start, reason) => {
    await addDevice(person, start);
    expect(await send()).toEqual({ kind: 'suppressed', reason });
    expect(await rows()).toEqual([]);
    await addDevice(person, start);
    const good = await addDevice(person);
    expect(await send()).toMatchObject({ kind: 'sent' });
    expect((await rows()).map((row) => row.token)).toEqual([good]);
  });

  test('that Firebase wants left alone are, until its time is over, and then all is forgotten', async () => {
    const token = await addDevice(person);
    world.fcm.behave({ error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '90' } });
    expect(await send()).toEqual({ kind: 'retry', reason: 'rate_limited', afterMs: 90_000 });
    world.fcm.behave();
    const { requests } = world.fcm.counts();
    world.clock.advance(30_000);
    expect(await send()).toEqual({ kind: 'retry', reason: 'left_alone', afterMs: 60_000 });
    expect(world.fcm.counts().requests).toBe(requests);
    world.clock.advance(60_000);
    expect(await send()).toMatchObject({ kind: 'sent' });
    expect(taken()).toEqual([token]);
    expect(await rows()).toMatchObject([{ failures: 0, next_attempt_at: null }]);
  });

  test('that fail without a time are left alone twice as long each time, up to five minutes', async () => {
    await addDevice(person);
    world.fcm.behave({ error: 'UNAVAILABLE' });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      expect(await send()).toEqual({ kind: 'retry', reason: 'unavailable' });
      const next = (await rows())[0]!.next_attempt_at!;
      waits.push((next.getTime() - world.clock.now().getTime()) / 1000);
      world.clock.set(next);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('do not suffer for a connection that breaks or an answer that is late', async () => {
    await addDevice(person);
    world.fcm.behave({ cut: 'before' });
    expect(await send()).toEqual({ kind: 'retry', reason: 'unreachable' });
    expect(await rows()).toMatchObject([{ failures: 0, next_attempt_at: null }]);
  });

  test('do not suffer for our set-up, which is said loudly, once for all, and without a secret', async () => {
    const lines: string[] = [];
    const log = createLog('error', { write: (line) => void lines.push(line) });
    const tokens = [await addDevice(person), await addDevice(person)];
    for (const [error, reason] of [
      ['THIRD_PARTY_AUTH_ERROR', 'third_party_auth'],
      ['credentials', 'credentials'],
    ] as const) {
      lines.length = 0;
      world.fcm.behave(error === 'credentials' ? { answer: { status: 401, body: tokens[0]! } } : { error });
      expect(await sendPush({ ...world.ctx, log }, [parcel()])).toEqual([{ kind: 'retry', reason }]);
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', reasons: [reason], pushes: 2 });
      for (const secret of [...tokens, person.email]) expect(lines[0]).not.toContain(secret);
    }
    expect(await rows()).toHaveLength(2);
    expect(await rows()).toMatchObject([{ failures: 0 }, { failures: 0 }]);
  });
});

describe('of two devices, one that cannot be reached', () => {
  let tokens: string[];
  beforeEach(async () => {
    tokens = [await addDevice(person), await addDevice(person)];
    // Of the two requests that come, one.
    world.fcm.behave({ error: 'UNAVAILABLE' }, 1);
    await tell();
    await world.drain();
  });
  const tell = () =>
    inTransaction(world.ctx.db, (tx) =>
      notify(world.ctx, tx, [{ to: person.id, type: 'booking.confirmed', about: newId('bkg') }]),
    );
  const delivery = () =>
    world.ctx.db
      .selectFrom('notification_deliveries')
      .selectAll()
      .where('user_id', '=', person.id)
      .where('channel', '=', 'push')
      .executeTakeFirstOrThrow();
  const fails = () => Promise.reject(new Error('a mistake of ours'));
  const pass = async (durationMs: number) => {
    world.clock.advance(durationMs);
    await world.sweep();
  };

  test('gets the push later, and the other gets it once', async () => {
    expect(taken()).toHaveLength(1);
    expect(await delivery()).toMatchObject({ state: 'queued', reason: 'unavailable', attempts: 1 });
    for (let minute = 0; minute < 5; minute += 1) await pass(minuteMs);
    expect(taken().toSorted()).toEqual(tokens.toSorted());
    expect(await delivery()).toMatchObject({ state: 'sent', reason: null, attempts: 2, reached: null });
  });

  test('is not told any more of what was read on the other', async () => {
    await person.client.call(notifications.readAll);
    await pass(minuteMs);
    expect(taken()).toHaveLength(1);
    expect(await delivery()).toMatchObject({ state: 'sent', reason: null });
  });

  test('gets it once as well if something of ours breaks in between', async () => {
    const broken = deliverNotifications({ push: fails, email: fails, pusher: fails });
    world.clock.advance(minuteMs);
    await broken({ ...world.ctx, log: createLog('silent') }, { channel: 'push' });
    expect(await delivery()).toMatchObject({ state: 'queued', reason: 'internal', attempts: 2 });
    for (let minute = 0; minute < 5; minute += 1) await pass(minuteMs);
    expect(taken().toSorted()).toEqual(tokens.toSorted());
  });

  test('is tried for a day and no longer, and what the other got counts as sent', async () => {
    world.fcm.behave({ error: 'UNAVAILABLE' });
    await pass(minuteMs);
    const { sent_at } = await delivery();
    await pass(dayMs);
    expect(await delivery()).toMatchObject({ state: 'sent', sent_at });
    expect(taken()).toHaveLength(1);
  });

  test('holds up nothing else: what comes next goes to the other at once', async () => {
    await tell();
    await world.drain();
    expect(taken().filter((token) => token === taken()[0])).toHaveLength(2);
  });
});

describe('many parcels at once', () => {
  test('have the outcomes of their own, in their order, and are asked for once each', async () => {
    const people = await Promise.all(
      Array.from({ length: 6 }, () => createPerson(world, { role: 'contractor' })),
    );
    const starts = ['', 'unregistered-', 'unavailable-', 'quota-', 'thirdparty-', undefined];
    for (const [index, start] of starts.entries())
      if (start !== undefined) await addDevice(people[index]!, start);
    const before = world.fcm.counts().requests;
    const log = createLog('silent');
    const outcomes = await sendPush(
      { ...world.ctx, log },
      people.map((one) => parcel({}, one)),
    );
    expect(outcomes).toEqual([
      { kind: 'sent', reference: expect.any(String) },
      { kind: 'suppressed', reason: 'unregistered' },
      { kind: 'retry', reason: 'unavailable' },
      { kind: 'retry', reason: 'rate_limited', afterMs: 30_000 },
      { kind: 'retry', reason: 'third_party_auth' },
      { kind: 'suppressed', reason: 'no_device' },
    ]);
    expect(world.fcm.counts().requests - before).toBe(5);
  });

  test('of one person all arrive', async () => {
    await addDevice(person);
    const parcels = [parcel(), parcel(), parcel()];
    expect((await sendPush(world.ctx, parcels)).map((one) => one.kind)).toEqual(['sent', 'sent', 'sent']);
    const told = world.fcm.pushes().map((push) => push.message.data!.notificationId);
    expect(told.toSorted()).toEqual(parcels.map((one) => one.notificationId));
  });

  test('none are no requests', async () => {
    expect(await sendPush(world.ctx, [])).toEqual([]);
  });
});
