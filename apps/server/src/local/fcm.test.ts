import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDevice, parcelFor } from '../../test/parcels.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { sendPush } from '../notifications/channels/push.ts';
import { type LocalFcm, localProject, startLocalFcm } from './fcm.ts';
import { renderPushes } from './fcm-page.ts';
import { servePushPage } from './pages.ts';

let fcm: LocalFcm;
beforeAll(async () => {
  fcm = await startLocalFcm({ keep: 3 });
});
beforeEach(() => fcm.clear());
afterAll(() => fcm.close());

type Answer = { name?: string; error?: { status: string; message: string; details?: object[] } };
async function post(
  body: unknown,
  { project = localProject, authorization = 'Bearer x' as string | undefined } = {},
): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${fcm.config.apiBase}/v1/projects/${project}/messages:send`, {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}
const message = { token: 'a-token', notification: { title: 'Hello' } };

describe('the stand-in for Firebase', () => {
  test('takes a push, names it and keeps the newest', async () => {
    for (const title of ['1', '2', '3', '4'])
      expect(await post({ message: { ...message, notification: { title } } })).toEqual({
        status: 200,
        answer: { name: expect.stringMatching(`^projects/${localProject}/messages/\\d+$`) },
      });
    expect(fcm.pushes().map((push) => push.message.notification?.title)).toEqual(['2', '3', '4']);
  });

  test('waits for what is still to come, and not for ever', async () => {
    const waiting = fcm.waitFor((push) => push.token === 'second');
    await post({ message });
    await post({ message: { ...message, token: 'second' } });
    expect((await waiting).token).toBe('second');
    await expect(fcm.waitFor((push) => push.token === 'third', 5)).rejects.toThrow('within 5 ms');
  });

  test('keeps nothing of a trial', async () => {
    expect((await post({ message, validate_only: true })).status).toBe(200);
    expect(fcm.pushes()).toEqual([]);
  });

  test.each([
    ['no JSON', '{', ''],
    ['no message', {}, 'message'],
    ['no token', { message: { notification: { title: 'x' } } }, 'message.token'],
    ['an unknown field', { message: { ...message, titel: 'x' } }, 'message'],
    ['a number as data', { message: { ...message, data: { count: 1 } } }, 'message.data.count'],
    ['reserved data', { message: { ...message, data: { google_x: '1' } } }, 'message.data'],
    ['a time to live in seconds', { message: { ...message, android: { ttl: 60 } } }, 'message.android.ttl'],
    [
      'an unknown priority',
      { message: { ...message, android: { priority: 'max' } } },
      'message.android.priority',
    ],
    [
      'a name to collapse by that Apple does not take',
      { message: { ...message, apns: { headers: { 'apns-collapse-id': 'x'.repeat(65) } } } },
      'message.apns.headers',
    ],
    ['more than Firebase takes', { message: { ...message, data: { text: 'x'.repeat(4096) } } }, 'message'],
  ])('refuses %s, and says where', async (_what, body, field) => {
    const { status, answer } = await post(body);
    expect(status).toBe(400);
    expect(answer.error).toMatchObject({
      status: 'INVALID_ARGUMENT',
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field }] }],
    });
    expect(fcm.pushes()).toEqual([]);
  });

  test('lets nobody in without a token, or into another project', async () => {
    const response = await fetch(`${fcm.config.apiBase}/v1/projects/${localProject}/messages:send`, {
      method: 'POST',
      body: JSON.stringify({ message }),
    });
    expect(response.status).toBe(401);
    expect((await post({ message }, { project: 'other' })).answer.error?.status).toBe('PERMISSION_DENIED');
    expect((await fetch(`${fcm.config.apiBase}/v1/projects/${localProject}`)).status).toBe(404);
  });
});

describe('/dev/push', () => {
  let world: World;
  let ada: Person;
  let carl: Person;
  const app = Fastify();
  beforeAll(async () => {
    world = await startWorld();
    servePushPage(app, world.fcm, world.ctx.db);
    ada = await createPerson(world, { role: 'customer', name: 'Ada <script>alert(1)</script>' });
    carl = await createPerson(world, { role: 'contractor' });
    await addDevice(ada);
    await addDevice(carl);
    await sendPush(world.ctx, [
      parcelFor(world, ada, { title: 'For "Ada"', message: '"><script>alert(2)</script>', unread: 7 }),
      parcelFor(world, carl, { title: 'For Carl' }),
    ]);
  });
  afterAll(async () => {
    await app.close();
    await world.stop();
  });

  test('shows what each person’s phone would, or one person’s alone', async () => {
    const everybody = await app.inject('/dev/push');
    for (const text of ['For &quot;Ada&quot;', 'For Carl', ada.email, carl.email, '>7</b>'])
      expect(everybody.body).toContain(text);
    const one = await app.inject(`/dev/push?to=${encodeURIComponent(carl.email)}`);
    expect(one.body).toContain('For Carl');
    expect(one.body).not.toContain('For &quot;Ada&quot;');
  });

  test('runs nothing that came with a push, and shows no whole token', async () => {
    const { body, headers } = await app.inject('/dev/push');
    expect(body).not.toContain('<script');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
    for (const { token } of world.fcm.pushes()) expect(body).not.toContain(token);
  });

  test('says so when there is nothing, and of devices that are gone', () => {
    expect(renderPushes([], new Map())).toContain('No push yet.');
    expect(renderPushes(world.fcm.pushes(), new Map())).toContain('a device that is gone');
  });
});
