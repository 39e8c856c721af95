import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unusedPort } from '../../../demo/unused-port.ts';
import { type FakePusher, startFakePusher } from '../../../test/fake-pusher.ts';
import { parcelFor } from '../../../test/parcels.ts';
import { createPerson, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { createLog } from '../../log.ts';
import { createPusherClient } from '../../vendors/pusher.ts';
import type { Parcel } from './parcel.ts';
import { sendPusher } from './pusher.ts';

let pusher: FakePusher;
let world: World;
let person: Person;
beforeAll(async () => {
  pusher = await startFakePusher();
  world = await startWorld({ config: { pusher: pusher.config } });
  person = await createPerson(world, { role: 'customer' });
});
afterAll(async () => {
  await world.stop();
  await pusher.stop();
});
beforeEach(() => pusher.behave());

const parcel = (rest: Partial<Parcel> = {}) => parcelFor(world, person, rest);
const kinds = async (parcels: Parcel[], ctx = world.ctx) =>
  (await sendPusher(ctx, parcels)).map(({ kind }) => kind);

/** With a client that is set up in another way, and its log. */
async function sendBy(
  changes: Partial<FakePusher['config']>,
): Promise<{ outcomes: object[]; lines: string[] }> {
  const lines: string[] = [];
  const client = createPusherClient({ ...pusher.config, ...changes });
  const log = createLog('error', { write: (line) => void lines.push(line) });
  const outcomes = await sendPusher({ ...world.ctx, pusher: client, log }, [parcel()]);
  client.close();
  return { outcomes, lines };
}

describe('a parcel', () => {
  test('is triggered on its person’s own channel, signed as Pusher wants it', async () => {
    const one = parcel();
    expect(await sendPusher(world.ctx, [one])).toEqual([{ kind: 'sent' }]);
    expect(pusher.events).toEqual([
      {
        channel: `private-user-${person.id}`,
        name: 'notification',
        data: {
          notificationId: one.notificationId,
          type: 'booking.confirmed',
          title: one.title,
          message: one.message,
          route: '/bookings/bkg_5qZr8Vb2NfK0tXy7WcL3mD',
          unread: 3,
          timestamp: one.createdAt.toISOString(),
          metadata: one.data,
        },
      },
    ]);
  });

  test('that is too large for Pusher says where to look', async () => {
    const one = parcel({ data: { jobTitle: 'x'.repeat(10_000) } });
    expect(await kinds([one])).toEqual(['sent']);
    expect(pusher.events[0]!.data).toEqual({
      notificationId: one.notificationId,
      type: 'booking.confirmed',
      unread: 3,
    });
  });

  test('among many goes with nine others', async () => {
    const parcels = Array.from({ length: 35 }, () => parcel());
    expect(new Set(await kinds(parcels))).toEqual(new Set(['sent']));
    expect(pusher.batches.toSorted()).toEqual([10, 10, 10, 5]);
    const told = pusher.events.map((event) => (event.data as { notificationId: string }).notificationId);
    expect(told.toSorted()).toEqual(parcels.map((one) => one.notificationId).toSorted());
  });

  test('suffers for no other that Pusher refuses', async () => {
    const parcels = [parcel(), parcel({ title: 'refused' }), parcel()];
    pusher.behave((events) =>
      events.some((event) => (event.data as { title: string }).title === 'refused') ? 400 : 200,
    );
    expect(await sendPusher(world.ctx, parcels)).toEqual([
      { kind: 'sent' },
      { kind: 'failed', reason: 'refused' },
      { kind: 'sent' },
    ]);
    expect(pusher.events).toHaveLength(2);
  });

  test('is not for Pusher where that is not configured', async () => {
    expect(await sendPusher({ ...world.ctx, pusher: undefined }, [parcel()])).toEqual([
      { kind: 'suppressed', reason: 'not_configured' },
    ]);
  });
});

describe('it is tried again later, and asked for once now', () => {
  test.each([
    [500, 'unavailable'],
    [503, 'unavailable'],
    [429, 'rate_limited'],
  ])('%i', async (status, reason) => {
    pusher.behave(() => status);
    expect(await sendPusher(world.ctx, [parcel(), parcel()])).toEqual([
      { kind: 'retry', reason },
      { kind: 'retry', reason },
    ]);
    expect(pusher.batches).toEqual([2]);
  });

  test('nobody at that address', async () => {
    const { outcomes } = await sendBy({ host: `http://127.0.0.1:${await unusedPort()}` });
    expect(outcomes).toEqual([{ kind: 'retry', reason: 'unreachable' }]);
  });

  test.each([
    ['a wrong secret', { secret: '0ad3773142a6692b25b8' }, 'credentials'],
    ['a wrong key', { key: '078d425bdf160c739803' }, 'credentials'],
    ['an app that is not there', { appId: '99999' }, 'app'],
  ])('%s is said loudly, without a secret', async (_what, changes, reason) => {
    const { outcomes, lines } = await sendBy(changes);
    expect(outcomes).toEqual([{ kind: 'retry', reason }]);
    expect(pusher.events).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', reasons: [reason], events: 1 });
    expect(lines[0]).not.toMatch(/auth_|secret|d3773142a6692b25b8/);
  });
});
