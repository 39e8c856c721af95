import {
  notifications as api,
  type NotificationPreferencesPatch,
  notificationChannels,
  notificationTypes,
  requiredChannels,
} from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refusal } from '../../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { type Post, startPost, toldTo } from '../../../test/told.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { inTransaction } from '../../db/transaction.ts';
import { typesFor } from '../defaults.ts';
import { notify } from '../notifications.ts';
import { switchOff } from './switch-off.ts';

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
  for (const channel of ['push', 'email', 'pusher'] as const) post.sent[channel].length = 0;
  clara = await createPerson(world, { role: 'customer' });
  carl = await createPerson(world, { role: 'contractor' });
});

const read = (person: Person) => person.client.call(api.preferences);
const change = (person: Person, body: NotificationPreferencesPatch) =>
  person.client.call(api.changePreferences, { body });

describe('preferences', () => {
  test('begin with the defaults of the role, and show what concerns it alone', async () => {
    const customer = await read(clara);
    expect(customer).toMatchObject({ quietHours: null, jobDigest: 'instant', hidesMessageText: false });
    expect(customer.channels['booking.confirmed']).toEqual({
      in_app: true,
      push: true,
      email: true,
      pusher: true,
    });
    expect(customer.channels['message.received']).toMatchObject({ push: true, email: false });
    expect(customer.channels['job.posted']).toBeUndefined();
    expect(customer.channels['payout.paid']).toBeUndefined();
    const contractor = await read(carl);
    expect(contractor.channels['job.posted']).toMatchObject({ push: true, email: false });
    expect(contractor.channels['booking.confirmed']).toBeUndefined();
    const admin = await read(await createPerson(world, { role: 'admin' }));
    expect(admin.channels['admin.chargeback']).toMatchObject({ email: true });
    expect(Object.keys(admin.channels)).not.toContain('payout.paid');
    const shown = [customer, contractor, admin].flatMap(({ channels }) => Object.keys(channels));
    expect(new Set(shown)).toEqual(new Set(notificationTypes));
  });

  test('are changed in part, and said anew as a whole', async () => {
    await change(clara, {
      channels: { 'booking.confirmed': { email: false }, 'message.received': { email: true } },
      quietHours: { from: '22:00', to: '07:00' },
    });
    const changed = await change(clara, { hidesMessageText: true });
    expect(changed).toMatchObject({
      quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Vienna' },
      hidesMessageText: true,
    });
    expect(changed.channels['booking.confirmed']).toMatchObject({ email: false, push: true });
    const anew = await clara.client.call(api.replacePreferences, {
      body: {
        channels: { 'booking.declined': { push: false } },
        quietHours: null,
        jobDigest: 'daily',
        hidesMessageText: false,
      },
    });
    expect(anew).toMatchObject({ quietHours: null, jobDigest: 'daily', hidesMessageText: false });
    expect(anew.channels['booking.confirmed']).toMatchObject({ email: true });
    expect(anew.channels['booking.declined']).toMatchObject({ push: false });
    expect(await read(clara)).toEqual(anew);
    expect((await read(carl)).jobDigest).toBe('instant');
  });

  test('cannot silence money nor the security of the account', async () => {
    for (const person of [clara, carl])
      for (const type of typesFor(person.role as 'customer'))
        for (const channel of notificationChannels) {
          await forgetRateLimits(world);
          const isLocked = requiredChannels[type]?.includes(channel) === true;
          const answer = await refusal(change(person, { channels: { [type]: { [channel]: false } } }));
          expect(answer, `${type} ${channel}`).toBe(isLocked ? 'unprocessable' : 'no error');
        }
    const { channels, required } = await read(clara);
    expect(required['account.signed_in']).toEqual(['in_app', 'email']);
    for (const [type, locked] of Object.entries(required))
      for (const channel of locked!)
        expect(channels[type as 'payment.received']![channel], `${type} ${channel}`).toBe(true);
    // Also what is in the table by another way counts for nothing.
    await inTransaction(world.ctx.db, (tx) => switchOff(tx, clara.id, 'account.signed_in', 'email'));
    expect((await read(clara)).channels['account.signed_in']!.email).toBe(true);
  });

  test('refuse what makes no sense, by name', async () => {
    for (const body of [
      { quietHours: { from: '22:00', to: '22:00' } },
      { quietHours: { from: '24:00', to: '07:00' } },
      { quietHours: { from: '22:00' } },
      { jobDigest: 'weekly' },
      { channels: { 'booking.unknown': { push: false } } },
      { channels: { 'booking.confirmed': { pigeon: false } } },
      { channels: { 'booking.confirmed': { push: 'no' } } },
      { hidesMessageText: null },
    ])
      expect(await refusal(change(clara, body as never)), JSON.stringify(body)).toBe('validation_failed');
    expect(await refusal(change(clara, { channels: { 'payout.paid': { push: false } } }))).toBe(
      'unprocessable',
    );
    expect(await refusal(world.client.call(api.preferences))).toBe('unauthenticated');
  });

  test('switched off, silence exactly that type on that channel, for that person', async () => {
    const types = ['booking.confirmed', 'booking.declined'] as const;
    for (const [index, channel] of (['in_app', 'push', 'email'] as const).entries()) {
      const person = await createPerson(world, { role: 'customer' });
      await change(person, { channels: { 'booking.confirmed': { [channel]: false } } });
      await inTransaction(world.ctx.db, (tx) =>
        notify(
          world.ctx,
          tx,
          [person, clara].flatMap(({ id }) => types.map((type) => ({ to: id, type, about: `${index}` }))),
        ),
      );
      await world.drain();
      const got = {
        in_app: await toldTo(person),
        push: post.typesTo('push', person),
        email: post.typesTo('email', person),
      };
      for (const [name, list] of Object.entries(got))
        expect(list, `${channel} off: ${name}`).toEqual(name === channel ? ['booking.declined'] : [...types]);
      expect(post.typesTo('push', clara).slice(-2)).toEqual([...types]);
    }
  });
});
