import { notifications as api, type NotificationDelivery } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPerson, type Person } from '../../test/people.ts';
import { listOf, type Post, startPost, toldTo } from '../../test/told.ts';
import { startWorld, type World } from '../../test/world.ts';
import { hourMs, minuteMs, secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { createLog } from '../log.ts';
import type { Outcome } from './channels/outcome.ts';
import type { Parcel } from './channels/parcel.ts';
import { leaseMs } from './claim.ts';
import type { OutsideChannel } from './lanes.ts';
import { deliverNotifications, type NotificationType, notificationSweeps, notify } from './notifications.ts';

let world: World;
let post: Post;
let clara: Person;

beforeAll(async () => {
  post = startPost();
  world = await startWorld({ handlers: post.handlers, config: { logLevel: 'silent' } });
});

afterAll(() => world.stop());

beforeEach(async () => {
  post.answer = () => undefined;
  for (const channel of ['push', 'email', 'pusher'] as const) post.sent[channel].length = 0;
  clara = await createPerson(world, { role: 'customer' });
});

let count = 0;

async function tell(to: Person, type: NotificationType = 'booking.confirmed'): Promise<string> {
  count += 1;
  const about = `about ${count}`;
  await inTransaction(world.ctx.db, (tx) =>
    notify(world.ctx, tx, [{ to: to.id, type, about, data: { jobTitle: about } }]),
  );
  return about;
}

async function deliveryOf(person: Person, channel: OutsideChannel): Promise<NotificationDelivery> {
  const { items } = await person.client.call(api.deliveries, {
    params: { id: (await listOf(person))[0]!.id },
  });
  return items.find((item) => item.channel === channel)!;
}

/** Moves the clock in steps of half a minute, and lets everything happen that is due by then. */
async function pass(durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 30 * secondMs) {
    world.clock.advance(30 * secondMs);
    for (const sweep of notificationSweeps) await sweep.run(world.ctx);
    await world.drain();
  }
}

describe('a channel that fails', () => {
  test('is in the log, once for all that it did not take, and nobody by name', async () => {
    const lines: string[] = [];
    const log = createLog('warn', { write: (line) => void lines.push(line) });
    await tell(clara);
    await tell(clara);
    const away = async (_ctx: Ctx, parcels: readonly Parcel[]): Promise<Outcome[]> =>
      parcels.map(() => ({ kind: 'retry', reason: 'unavailable', status: '421 4.3.2' }));
    const refuse = deliverNotifications({ push: away, email: away, pusher: away });
    await refuse({ ...world.ctx, log }, { channel: 'email' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', channel: 'email', reasons: { 'unavailable 421 4.3.2': 2 } },
    ]);
    expect(lines.join()).not.toContain(clara.email);
    await pass(minuteMs);
    expect(post.sent.email).toHaveLength(2);
  });

  test('for an hour delays what is sent and loses nothing, and disturbs no other channel', async () => {
    post.answer = (channel) => (channel === 'email' ? { kind: 'retry', reason: 'unavailable' } : undefined);
    for (let index = 0; index < 5; index += 1) await tell(clara);
    await world.drain();
    expect(post.sent.push).toHaveLength(5);
    await pass(30 * minuteMs);
    await tell(clara, 'booking.delivered');
    await pass(30 * minuteMs);
    expect(post.sent.email).toHaveLength(0);
    const waiting = await deliveryOf(clara, 'email');
    expect(waiting).toMatchObject({ state: 'queued', reason: 'unavailable', sentAt: null });
    expect(Date.parse(waiting.nextAttemptAt!) - world.clock.now().getTime()).toBeLessThanOrEqual(
      5 * minuteMs,
    );
    post.answer = () => undefined;
    await pass(5 * minuteMs);
    expect(post.typesTo('email', clara)).toEqual([
      ...Array.from({ length: 5 }, () => 'booking.confirmed'),
      'booking.delivered',
    ]);
    expect(post.sent.push).toHaveLength(6);
    await pass(10 * minuteMs);
    expect(post.sent.email).toHaveLength(6);
  });

  test('is asked less and less often, and not before it wants to be', async () => {
    let asked = 0;
    post.answer = (channel) => {
      if (channel !== 'push') return undefined;
      asked += 1;
      return asked === 1
        ? { kind: 'retry', reason: 'rate_limited', afterMs: 20 * minuteMs }
        : { kind: 'retry', reason: 'unavailable' };
    };
    await tell(clara);
    await pass(19 * minuteMs);
    expect(asked).toBe(1);
    await pass(90 * secondMs);
    expect(asked).toBe(2);
    await pass(hourMs);
    expect(asked).toBeLessThan(2 + 8 + 12 + 1);
    expect(asked).toBeGreaterThan(10);
  });

  test('for more than a day is given up, with its reason', async () => {
    post.answer = (channel) => (channel === 'push' ? { kind: 'retry', reason: 'unavailable' } : undefined);
    await tell(clara);
    await world.drain();
    world.clock.advance(23 * hourMs);
    await world.sweep();
    expect(await deliveryOf(clara, 'push')).toMatchObject({ state: 'queued' });
    world.clock.advance(hourMs);
    await world.sweep();
    expect(await deliveryOf(clara, 'push')).toMatchObject({
      state: 'failed',
      reason: 'unavailable',
      nextAttemptAt: null,
      sentAt: null,
    });
  });

  test('by throwing holds up nothing that works, and nothing is lost', async () => {
    const broken = deliverNotifications({
      ...post.senders,
      push: () => Promise.reject(new Error('a mistake of ours')),
    });
    await tell(clara);
    await broken(world.ctx, { channel: 'push' });
    await world.drain();
    expect(post.sent.email).toHaveLength(1);
    expect(await deliveryOf(clara, 'push')).toMatchObject({ state: 'queued', reason: 'internal' });
    await pass(minuteMs);
    expect(post.sent.push).toHaveLength(1);
  });

  test('for one person only holds up nobody else', async () => {
    const carl = await createPerson(world, { role: 'contractor' });
    post.answer = (_channel, parcel) =>
      parcel.userId === clara.id ? { kind: 'failed', reason: 'refused' } : undefined;
    await tell(clara);
    await tell(carl, 'booking.requested');
    await world.drain();
    expect(post.sent.push.map(({ userId }) => userId)).toEqual([carl.id]);
    expect(await deliveryOf(clara, 'push')).toMatchObject({ state: 'failed', reason: 'refused' });
  });
});

describe('what is not sent after all', () => {
  test('what was read or removed before it went out is not pushed', async () => {
    await tell(clara);
    await clara.client.call(api.readAll);
    await tell(clara);
    await clara.client.call(api.remove, { params: { id: (await listOf(clara))[0]!.id } });
    await world.drain();
    expect(post.sent.push).toEqual([]);
  });

  test('a mail about money goes out although the notification was read', async () => {
    await tell(clara, 'payment.received');
    await clara.client.call(api.readAll);
    await world.drain();
    expect(post.typesTo('push', clara)).toEqual([]);
    expect(post.typesTo('email', clara)).toEqual(['payment.received']);
  });

  test('what was switched off while it waited stays unsent', async () => {
    post.answer = (channel) => (channel === 'email' ? { kind: 'retry', reason: 'unavailable' } : undefined);
    await tell(clara);
    await world.drain();
    await clara.client.call(api.changePreferences, {
      body: { channels: { 'booking.confirmed': { email: false } } },
    });
    post.answer = () => undefined;
    await pass(10 * minuteMs);
    expect(post.sent.email).toEqual([]);
    expect(await deliveryOf(clara, 'email')).toMatchObject({ state: 'suppressed', reason: 'switched_off' });
  });
});

describe('workers', () => {
  test('many at once send each once', async () => {
    for (let index = 0; index < 40; index += 1) await tell(clara);
    const { 'notifications.deliver': deliver } = post.handlers;
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        deliver(world.ctx, { channel: index % 2 === 0 ? 'push' : 'email' }),
      ),
    );
    await world.drain();
    expect(post.sent.push).toHaveLength(40);
    expect(new Set(post.sent.push.map(({ deliveryId }) => deliveryId)).size).toBe(40);
    expect(new Set(post.sent.email.map(({ deliveryId }) => deliveryId)).size).toBe(40);
    expect(post.sent.email).toHaveLength(40);
  });

  test('one that died while it was sending costs a second push, after the lease, and no third', async () => {
    const taken: string[] = [];
    const dying = deliverNotifications({
      ...post.senders,
      push: async (_ctx, parcels) => {
        taken.push(...parcels.map(({ deliveryId }) => deliveryId));
        // The service has them; nothing that comes after this ever happens.
        return new Promise(() => undefined);
      },
    });
    for (let index = 0; index < 3; index += 1) await tell(clara);
    void dying(world.ctx, { channel: 'push' });
    await expect.poll(() => taken).toHaveLength(3);
    await world.sweep();
    expect(post.sent.push).toHaveLength(0);
    world.clock.advance(leaseMs);
    await world.sweep();
    expect(post.sent.push.map(({ deliveryId }) => deliveryId)).toEqual(taken);
    await pass(2 * leaseMs);
    expect(post.sent.push).toHaveLength(3);
  });

  test('one that was only slow, and is done after its lease, has sent it: nobody sends it a third time', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = deliverNotifications({
      ...post.senders,
      push: async (_ctx, parcels) => {
        await finished;
        return parcels.map(() => ({ kind: 'sent' }));
      },
    });
    await tell(clara);
    const running = slow(world.ctx, { channel: 'push' });
    await expect.poll(() => attempts()).toBe(1);
    world.clock.advance(leaseMs);
    post.answer = (channel) => (channel === 'push' ? { kind: 'retry', reason: 'unavailable' } : undefined);
    await world.sweep();
    finish();
    await running;
    expect(await deliveryOf(clara, 'push')).toMatchObject({ state: 'sent', reason: null });
    post.answer = () => undefined;
    await pass(2 * leaseMs);
    expect(post.sent.push).toHaveLength(0);
  });

  async function attempts(): Promise<number> {
    const { rows } = await world.ctx.pool.query(
      "select attempts from notification_deliveries where user_id = $1 and channel = 'push'",
      [clara.id],
    );
    return rows[0].attempts;
  }

  test('what is about money goes out before what is not, and that before new jobs', async () => {
    const carl = await createPerson(world, { role: 'contractor' });
    await tell(carl, 'job.posted');
    await tell(carl, 'booking.requested');
    await tell(carl, 'payment.released');
    await world.drain();
    expect(post.typesTo('push', carl)).toEqual(['payment.released', 'booking.requested', 'job.posted']);
    expect(await toldTo(carl)).toEqual(['job.posted', 'booking.requested', 'payment.released']);
  });

  test('one task sends all that is due, however many batches that is, and others add nothing', async () => {
    for (let index = 0; index < 120; index += 1) await tell(clara);
    let calls = 0;
    const counting = deliverNotifications({
      ...post.senders,
      email: (ctx, parcels) => {
        calls += 1;
        return post.senders.email(ctx, parcels);
      },
    });
    await Promise.all(Array.from({ length: 5 }, () => counting(world.ctx, { channel: 'email' })));
    expect(post.sent.email).toHaveLength(120);
    expect(calls).toBe(3);
    await world.drain();
    expect(post.sent.email).toHaveLength(120);
  });
});
