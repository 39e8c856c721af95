import { notifications as api } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refusal } from '../../test/jobs.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { listOf, type Post, startPost, toldTo } from '../../test/told.ts';
import { startWorld, type World } from '../../test/world.ts';
import { inTransaction } from '../db/transaction.ts';
import { type Notice, notify } from './notifications.ts';

let world: World;
let post: Post;
let clara: Person;
let carl: Person;

beforeAll(async () => {
  post = startPost();
  world = await startWorld({ handlers: post.handlers });
});

afterAll(() => world.stop());

beforeEach(async () => {
  post.answer = () => undefined;
  clara = await createPerson(world, { role: 'customer', name: 'Clara' });
  carl = await createPerson(world, { role: 'contractor', name: 'Carl' });
});

const tell = (...notices: Notice[]) => inTransaction(world.ctx.db, (tx) => notify(world.ctx, tx, notices));

const confirmed = (to: Person, about = 'bkg_1'): Notice => ({
  to: to.id,
  type: 'booking.confirmed',
  about,
  data: { bookingId: about, jobTitle: 'Repaint a kitchen', personName: 'Carl' },
});

describe('telling', () => {
  test('one is told exactly if the change that caused it is committed', async () => {
    await expect(
      inTransaction(world.ctx.db, async (tx) => {
        await notify(world.ctx, tx, [confirmed(clara)]);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    await world.drain();
    expect(await toldTo(clara)).toEqual([]);
    expect(post.typesTo('push', clara)).toEqual([]);
    await tell(confirmed(clara));
    await world.drain();
    expect(await toldTo(clara)).toEqual(['booking.confirmed']);
    expect(post.typesTo('push', clara)).toEqual(['booking.confirmed']);
    expect(post.typesTo('email', clara)).toEqual(['booking.confirmed']);
    expect(await toldTo(carl)).toEqual([]);
  });

  test('the same is told once, however often and by how many it is repeated at once', async () => {
    for (let round = 0; round < 10; round += 1)
      await Promise.all(Array.from({ length: 5 }, () => tell(confirmed(clara, `bkg_${round}`))));
    await world.drain();
    expect(await toldTo(clara)).toHaveLength(10);
    expect(post.typesTo('push', clara)).toHaveLength(10);
    expect(post.typesTo('email', clara)).toHaveLength(10);
  });

  test('whoever has left is told nothing', async () => {
    await world.ctx.db
      .updateTable('users')
      .set({ deleted_at: world.clock.now() })
      .where('id', '=', clara.id)
      .execute();
    await tell(confirmed(clara));
    const { rows } = await world.ctx.pool.query('select from notifications where user_id = $1', [clara.id]);
    expect(rows).toEqual([]);
  });

  test('the list has them in the order in which they happened, also within one millisecond', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `bkg_${index}`);
    for (const name of names) await tell(confirmed(clara, name));
    expect((await listOf(clara)).map(({ metadata }) => metadata.bookingId)).toEqual([...names].reverse());
    const first = await clara.client.call(api.list, { query: { limit: '10' } });
    await tell(confirmed(clara, 'bkg_new'));
    const second = await clara.client.call(api.list, {
      query: { limit: '10', cursor: first.nextCursor! },
    });
    expect(second.items.map(({ metadata }) => metadata.bookingId)).toEqual(
      [...names].reverse().slice(10, 20),
    );
  });
});

describe('the list', () => {
  test('shows all that the brief asks for', async () => {
    await tell(confirmed(clara));
    const [shown] = await listOf(clara);
    expect(shown).toMatchObject({
      user: clara.id,
      type: 'booking.confirmed',
      title: expect.any(String),
      message: expect.any(String),
      readStatus: 'unread',
      readAt: null,
      timestamp: world.clock.now().toISOString(),
      route: '/bookings/bkg_1',
      metadata: { bookingId: 'bkg_1', jobTitle: 'Repaint a kitchen' },
    });
  });

  test('counts, reads one, reads all and removes, for oneself alone', async () => {
    await tell(confirmed(clara, 'bkg_1'), confirmed(clara, 'bkg_2'), confirmed(clara, 'bkg_3'));
    await tell({ ...confirmed(carl), type: 'booking.completed' });
    const unread = async (person: Person) => (await person.client.call(api.unreadCount)).unread;
    expect(await unread(clara)).toBe(3);
    const [newest, middle] = await listOf(clara);
    const params = { id: newest!.id };
    const read = await clara.client.call(api.read, { params });
    expect(read).toMatchObject({ readStatus: 'read', readAt: world.clock.now().toISOString() });
    world.clock.advance(1000);
    expect((await clara.client.call(api.read, { params })).readAt).toBe(read.readAt);
    expect(await unread(clara)).toBe(2);
    expect((await clara.client.call(api.list, { query: { unread: 'true' } })).items).toHaveLength(2);
    await clara.client.call(api.remove, { params: { id: middle!.id } });
    expect(await unread(clara)).toBe(1);
    expect(await listOf(clara)).toHaveLength(2);
    expect(await clara.client.call(api.readAll)).toEqual({ unread: 0 });
    expect(await unread(carl)).toBe(1);
  });

  test("another's notification is no notification", async () => {
    await tell(confirmed(clara));
    const params = { id: (await listOf(clara))[0]!.id };
    for (const call of [api.read, api.remove, api.deliveries])
      expect(await refusal(carl.client.call(call, { params }))).toBe('not_found');
    expect(await refusal(world.client.call(api.list, { query: {} }))).toBe('unauthenticated');
    expect(await toldTo(clara)).toHaveLength(1);
    await clara.client.call(api.remove, { params });
    for (const call of [api.read, api.remove, api.deliveries])
      expect(await refusal(clara.client.call(call, { params }))).toBe('not_found');
  });

  test('a cursor of something else, and values out of bounds, are refused', async () => {
    const cursor = Buffer.from(JSON.stringify(['jobs', 1])).toString('base64url');
    expect(await refusal(clara.client.call(api.list, { query: { cursor } }))).toBe('validation_failed');
    expect(await refusal(clara.client.call(api.list, { query: { limit: '101' } }))).toBe('validation_failed');
    expect(await refusal(clara.client.call(api.read, { params: { id: 'ntf_1' } }))).toBe('validation_failed');
  });
});

describe('what became of it', () => {
  test('is told for each channel, with why', async () => {
    await clara.client.call(api.changePreferences, {
      body: { channels: { 'booking.confirmed': { email: false } } },
    });
    post.answer = (channel, parcel) =>
      channel === 'push' && parcel.userId === clara.id
        ? { kind: 'suppressed', reason: 'no_device' }
        : undefined;
    await tell(confirmed(clara));
    await world.drain();
    const { items } = await clara.client.call(api.deliveries, {
      params: { id: (await listOf(clara))[0]!.id },
    });
    expect(items.map(({ channel, state, reason }) => [channel, state, reason])).toEqual([
      ['in_app', 'sent', null],
      ['push', 'suppressed', 'no_device'],
      ['email', 'suppressed', 'switched_off'],
    ]);
    expect(post.typesTo('email', clara)).toEqual([]);
  });

  test('is shown to admins, also of what was removed, and to nobody else', async () => {
    const ada = await createPerson(world, { role: 'admin' });
    await tell(confirmed(clara, 'bkg_1'), confirmed(clara, 'bkg_2'));
    await world.drain();
    await clara.client.call(api.remove, { params: { id: (await listOf(clara))[0]!.id } });
    const query = { userId: clara.id as never };
    const { items } = await ada.client.call(api.ofPerson, { query });
    expect(items.map((item) => item.deletedAt !== null)).toEqual([true, false]);
    expect(items[1]!.deliveries.map(({ channel, state }) => `${channel} ${state}`)).toEqual([
      'in_app sent',
      expect.stringContaining('push'),
      'email sent',
    ]);
    expect(await refusal(clara.client.call(api.ofPerson, { query }))).toBe('forbidden');
    const nobody = { userId: `usr_${'0'.repeat(22)}` as never };
    expect(await refusal(ada.client.call(api.ofPerson, { query: nobody }))).toBe('not_found');
  });

  test('is shown to admins without what people wrote to each other', async () => {
    const ada = await createPerson(world, { role: 'admin' });
    await tell({
      to: clara.id,
      type: 'message.received',
      about: 'rom_1 0',
      data: { personName: 'Carl', preview: 'The key is under the mat', count: 1 },
    });
    expect((await listOf(clara))[0]!.message).toContain('under the mat');
    const { items } = await ada.client.call(api.ofPerson, { query: { userId: clara.id as never } });
    expect(items[0]!.title).toContain('Carl');
    expect(JSON.stringify(items)).not.toContain('under the mat');
  });
});
