import { notifications as api } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPerson, type Person } from '../../test/people.ts';
import { listOf, type Post, startPost, toldTo } from '../../test/told.ts';
import { startWorld, type World } from '../../test/world.ts';
import { inTransaction } from '../db/transaction.ts';
import { type NotificationType, notify } from './notifications.ts';

let world: World;
let post: Post;
let carl: Person;

beforeAll(async () => {
  post = startPost();
  world = await startWorld({ handlers: post.handlers });
});

afterAll(() => world.stop());

beforeEach(async () => {
  post.answer = () => undefined;
  for (const channel of ['push', 'email', 'pusher'] as const) post.sent[channel].length = 0;
  // Everybody lives in Vienna, which is an hour ahead of UTC in March and two from the 28th on.
  world.clock.set(new Date('2027-03-01T20:00:00.000Z'));
  carl = await createPerson(world, { role: 'contractor' });
});

let count = 0;

async function tell(...types: NotificationType[]): Promise<void> {
  for (const type of types) {
    count += 1;
    const about = `about ${count}`;
    await inTransaction(world.ctx.db, (tx) =>
      notify(world.ctx, tx, [{ to: carl.id, type, about, data: { jobTitle: about } }]),
    );
  }
  await world.drain();
}

async function at(time: string): Promise<void> {
  world.clock.set(new Date(time));
  await world.sweep();
}

const quietNights = () =>
  carl.client.call(api.changePreferences, { body: { quietHours: { from: '22:00', to: '07:00' } } });

describe('quiet hours', () => {
  test('hold push and mail back, show the list at once, and end with one summary', async () => {
    await quietNights();
    await tell('booking.requested');
    expect(post.typesTo('push', carl)).toEqual(['booking.requested']);
    world.clock.set(new Date('2027-03-01T21:00:00.000Z'));
    await tell('booking.cancelled', 'payment.released', 'booking.requested');
    expect(await toldTo(carl)).toHaveLength(4);
    await at('2027-03-02T05:59:59.000Z');
    expect(post.sent.push).toHaveLength(1);
    const { items } = await carl.client.call(api.deliveries, { params: { id: (await listOf(carl))[0]!.id } });
    expect(items.find(({ channel }) => channel === 'push')).toMatchObject({
      state: 'queued',
      heldFor: 'quiet',
      nextAttemptAt: '2027-03-02T06:00:00.000Z',
    });
    await at('2027-03-02T06:00:00.000Z');
    expect(post.sent.push).toHaveLength(2);
    expect(post.sent.push[1]!.items?.map(({ type }) => type)).toEqual([
      'booking.requested',
      'payment.released',
      'booking.cancelled',
    ]);
    expect(post.sent.email.at(-1)!.items).toHaveLength(3);
    await at('2027-03-02T09:00:00.000Z');
    expect(post.sent.push).toHaveLength(2);
    for (const one of (await listOf(carl)).slice(0, 3)) {
      const log = await carl.client.call(api.deliveries, { params: { id: one.id } });
      expect(log.items.find(({ channel }) => channel === 'push')!.state).toBe('sent');
    }
  });

  test('a single one comes as itself, and one that was read meanwhile not at all', async () => {
    await quietNights();
    world.clock.set(new Date('2027-03-01T23:00:00.000Z'));
    await tell('booking.requested', 'booking.cancelled');
    const [newest] = await listOf(carl);
    await carl.client.call(api.read, { params: { id: newest!.id } });
    await at('2027-03-02T06:00:00.000Z');
    expect(post.typesTo('push', carl)).toEqual(['booking.requested']);
    expect(post.sent.push[0]!.items).toBeUndefined();
  });

  test('what is about the security of the account does not wait', async () => {
    await quietNights();
    world.clock.set(new Date('2027-03-01T23:00:00.000Z'));
    await tell('account.password_changed', 'payout.paid');
    expect(post.typesTo('push', carl)).toEqual(['account.password_changed']);
    expect(post.typesTo('email', carl)).toEqual(['account.password_changed']);
  });

  test('what could not be sent before them waits as well', async () => {
    await quietNights();
    post.answer = () => ({ kind: 'retry', reason: 'unavailable' });
    world.clock.set(new Date('2027-03-01T20:59:00.000Z'));
    await tell('booking.requested');
    post.answer = () => undefined;
    await at('2027-03-01T21:00:30.000Z');
    await at('2027-03-02T03:00:00.000Z');
    expect(post.sent.push).toEqual([]);
    await at('2027-03-02T06:00:00.000Z');
    expect(post.typesTo('push', carl)).toEqual(['booking.requested']);
  });

  test('a summary that fails comes again, and all of it ends with it', async () => {
    await quietNights();
    world.clock.set(new Date('2027-03-01T23:00:00.000Z'));
    await tell('booking.requested', 'booking.cancelled');
    post.answer = () => ({ kind: 'retry', reason: 'unavailable' });
    await at('2027-03-02T06:00:00.000Z');
    const states = async () => {
      const logs = await Promise.all(
        (await listOf(carl)).map((one) => carl.client.call(api.deliveries, { params: { id: one.id } })),
      );
      return logs.map(({ items }) => items.find(({ channel }) => channel === 'push')!.state);
    };
    expect(await states()).toEqual(['queued', 'queued']);
    post.answer = () => undefined;
    await at('2027-03-02T06:01:00.000Z');
    expect(post.sent.push).toHaveLength(1);
    expect(await states()).toEqual(['sent', 'sent']);
  });

  test('switched off while it is held, it stays unsent', async () => {
    await quietNights();
    world.clock.set(new Date('2027-03-01T23:00:00.000Z'));
    await tell('booking.requested');
    await carl.client.call(api.changePreferences, {
      body: { channels: { 'booking.requested': { push: false, email: false } } },
    });
    await at('2027-03-02T06:00:00.000Z');
    expect(post.sent.push).toEqual([]);
    expect(post.sent.email).toEqual([]);
  });

  test('end when the clocks there say so, also in the night in which they are changed', async () => {
    await quietNights();
    world.clock.set(new Date('2027-03-27T23:00:00.000Z'));
    await tell('booking.requested');
    await at('2027-03-28T04:59:59.000Z');
    expect(post.sent.push).toEqual([]);
    await at('2027-03-28T05:00:00.000Z');
    expect(post.sent.push).toHaveLength(1);
  });

  test('may lie within one day', async () => {
    await carl.client.call(api.changePreferences, { body: { quietHours: { from: '12:00', to: '13:30' } } });
    world.clock.set(new Date('2027-03-01T11:15:00.000Z'));
    await tell('booking.requested');
    expect(post.sent.push).toEqual([]);
    await at('2027-03-01T12:30:00.000Z');
    expect(post.sent.push).toHaveLength(1);
    await tell('booking.requested');
    expect(post.sent.push).toHaveLength(2);
  });
});

describe('the digest of new jobs', () => {
  test('comes every hour, or every day at eight, as one, and nothing else waits for it', async () => {
    for (const [jobDigest, before, due] of [
      ['hourly', '2027-03-01T20:59:59.000Z', '2027-03-01T21:00:00.000Z'],
      ['daily', '2027-03-02T06:59:59.000Z', '2027-03-02T07:00:00.000Z'],
    ] as const) {
      world.clock.set(new Date('2027-03-01T20:10:00.000Z'));
      for (const channel of ['push', 'email', 'pusher'] as const) post.sent[channel].length = 0;
      await carl.client.call(api.changePreferences, { body: { jobDigest } });
      await tell('job.posted', 'job.posted', 'booking.requested', 'job.posted');
      expect(post.typesTo('push', carl)).toEqual(['booking.requested']);
      await at(before);
      expect(post.sent.push).toHaveLength(1);
      await at(due);
      expect(post.typesTo('push', carl)).toEqual(['booking.requested', 'job.posted']);
      expect(post.sent.push[1]!.items).toHaveLength(3);
      expect(post.sent.push[1]!.data.count).toBe(3);
    }
  });

  test('that is due at night comes in the morning, with what else has waited', async () => {
    await quietNights();
    await carl.client.call(api.changePreferences, { body: { jobDigest: 'hourly' } });
    world.clock.set(new Date('2027-03-01T20:30:00.000Z'));
    await tell('job.posted', 'job.posted');
    await at('2027-03-01T21:00:00.000Z');
    await tell('booking.requested');
    expect(post.sent.push).toEqual([]);
    await at('2027-03-02T06:00:00.000Z');
    expect(post.sent.push).toHaveLength(1);
    expect(post.sent.push[0]!.items).toHaveLength(3);
  });
});
