import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unusedPort } from '../../demo/unused-port.ts';
import { type Fault, type LocalFcm, startLocalFcm } from '../local/fcm.ts';
import { createPushSender, type PushMessage, type PushOutcome, type PushSender } from './fcm.ts';

let fcm: LocalFcm;
let sender: PushSender;
beforeAll(async () => {
  fcm = await startLocalFcm();
  sender = createPushSender(fcm.config);
});
afterEach(() => {
  fcm.behave();
  fcm.clear();
});
afterAll(async () => {
  await sender.close();
  await fcm.close();
});

const sentAt = new Date('2026-11-24T09:30:00.000Z');
const message = (token = 'token-of-a-device-1', rest: Partial<PushMessage> = {}): PushMessage => ({
  token,
  title: 'New message from Ada',
  body: 'Tomorrow at nine?',
  data: { type: 'message.received', roomId: 'rom_1' },
  channel: 'messages',
  tag: 'room:rom_1',
  thread: 'room:rom_1',
  collapseKey: 'room:rom_1',
  isUrgent: true,
  badge: 3,
  count: 2,
  sentAt,
  lifeMs: 86_400_000,
  ...rest,
});
const sendOne = async (one = message()): Promise<PushOutcome> => (await sender.send([one]))[0]!;
/** What comes of one push while Firebase behaves so, and how often it was asked. */
async function sendWhile(fault: Fault): Promise<{ outcome: PushOutcome; requests: number }> {
  const before = fcm.counts().requests;
  fcm.behave(fault);
  const outcome = await sendOne();
  return { outcome, requests: fcm.counts().requests - before };
}

describe('a push', () => {
  test('arrives in the form of HTTP v1 and is called what Firebase calls it', async () => {
    const outcome = await sendOne();
    const [push] = fcm.pushes();
    expect(outcome).toEqual({ kind: 'sent', reference: push!.name.split('/').at(-1) });
    expect(push!.message).toEqual({
      token: 'token-of-a-device-1',
      notification: { title: 'New message from Ada', body: 'Tomorrow at nine?' },
      data: { type: 'message.received', roomId: 'rom_1' },
      android: {
        collapse_key: 'room:rom_1',
        priority: 'high',
        ttl: '86400s',
        notification: { channel_id: 'messages', tag: 'room:rom_1', notification_count: 2 },
      },
      apns: {
        headers: {
          'apns-priority': '10',
          'apns-expiration': '1795599000',
          'apns-collapse-id': 'room:rom_1',
        },
        payload: { aps: { badge: 3, sound: 'default', 'thread-id': 'room:rom_1' } },
      },
      webpush: { headers: { TTL: '86400', Urgency: 'high' }, notification: { tag: 'room:rom_1' } },
    });
  });

  test('that can wait neither wakes the device nor replaces another', async () => {
    await sendOne(message(undefined, { isUrgent: false, collapseKey: undefined }));
    const { android, apns } = fcm.pushes()[0]!.message;
    expect(android).toMatchObject({ priority: 'normal' });
    expect(android).not.toHaveProperty('collapse_key');
    expect(apns?.headers?.['apns-priority']).toBe('5');
  });

  test('of many has the outcome of its own, in their order', async () => {
    const tokens = ['good-1', 'unregistered-2', 'good-3', 'unavailable-4', 'invalid-5', 'good-6'];
    const outcomes = await sender.send(tokens.map((token) => message(token)));
    expect(outcomes.map((one) => one.kind)).toEqual(['sent', 'gone', 'sent', 'retry', 'gone', 'sent']);
    const taken = fcm.pushes();
    for (const [index, token] of tokens.entries()) {
      const push = taken.find((one) => one.token === token);
      const outcome = outcomes[index]!;
      if (outcome.kind === 'sent') expect(push?.name).toMatch(new RegExp(`/${outcome.reference}$`));
      else expect(push).toBeUndefined();
    }
  });

  test('none at all is no request', async () => {
    const before = fcm.counts().requests;
    expect(await sender.send([])).toEqual([]);
    expect(fcm.counts().requests).toBe(before);
  });
});

describe('the token is gone, and only then, when Firebase says so of the token', () => {
  test.each([
    ['UNREGISTERED', { kind: 'gone', reason: 'unregistered' }],
    ['INVALID_ARGUMENT', { kind: 'gone', reason: 'invalid_token' }],
    ['SENDER_ID_MISMATCH', { kind: 'gone', reason: 'sender_mismatch' }],
  ] as const)('%s', async (error, expected) => {
    expect(await sendWhile({ error })).toEqual({ outcome: expected, requests: 1 });
  });

  test('an invalid token, in the words of Firebase alone', async () => {
    const body = JSON.stringify({
      error: {
        code: 400,
        message: 'The registration token is not a valid FCM registration token',
        status: 'INVALID_ARGUMENT',
        details: [
          {
            '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
            errorCode: 'INVALID_ARGUMENT',
          },
        ],
      },
    });
    const { outcome } = await sendWhile({ answer: { status: 400, body } });
    expect(outcome).toEqual({ kind: 'gone', reason: 'invalid_token' });
  });

  test('not for a message that Firebase does not take', async () => {
    expect(await sendOne(message(undefined, { data: { from: 'reserved' } }))).toEqual({
      kind: 'failed',
      reason: 'invalid_message',
    });
    expect(await sendOne(message(undefined, { body: 'x'.repeat(5000) }))).toEqual({
      kind: 'failed',
      reason: 'invalid_message',
    });
  });

  test('not for one that the SDK itself refuses to send', async () => {
    const before = fcm.counts().requests;
    const wrong = message(undefined, { data: { count: 3 as unknown as string } });
    expect(await sendOne(wrong)).toEqual({ kind: 'failed', reason: 'invalid_message' });
    expect(fcm.counts().requests).toBe(before);
  });

  test('not when the project is another, the account may not send, or the way is wrong', async () => {
    const other = createPushSender({ ...fcm.config, projectId: 'other-project' });
    expect(await other.send([message()])).toEqual([
      { kind: 'retry', reason: 'credentials', trouble: 'setup' },
    ]);
    await other.close();
    const body = JSON.stringify({
      error: { code: 404, message: 'Requested entity was not found.', status: 'NOT_FOUND' },
    });
    expect((await sendWhile({ answer: { status: 404, body } })).outcome).toEqual({
      kind: 'retry',
      reason: 'project',
      trouble: 'setup',
    });
  });
});

describe('it is tried again later, and asked for once now', () => {
  const token = { kind: 'retry', trouble: 'token' };
  const setup = { kind: 'retry', trouble: 'setup' };
  const unreadable = (status: number) => ({ answer: { status, body: '<html>Error</html>' } });
  test.each<[string, Fault, object]>([
    [
      'QUOTA_EXCEEDED',
      { error: 'QUOTA_EXCEEDED', headers: { 'retry-after': '17' } },
      { ...token, reason: 'rate_limited', afterMs: 17_000 },
    ],
    [
      'QUOTA_EXCEEDED without a time',
      { error: 'QUOTA_EXCEEDED' },
      { ...token, reason: 'rate_limited', afterMs: 60_000 },
    ],
    ['UNAVAILABLE', { error: 'UNAVAILABLE' }, { ...token, reason: 'unavailable' }],
    [
      'UNAVAILABLE with a time',
      { error: 'UNAVAILABLE', headers: { 'retry-after': '120' } },
      { ...token, reason: 'unavailable', afterMs: 120_000 },
    ],
    [
      'UNAVAILABLE until a moment by its own clock',
      {
        error: 'UNAVAILABLE',
        headers: {
          date: 'Tue, 24 Nov 2026 09:30:00 GMT',
          'retry-after': 'Tue, 24 Nov 2026 09:31:30 GMT',
        },
      },
      { ...token, reason: 'unavailable', afterMs: 90_000 },
    ],
    [
      'UNAVAILABLE for ever',
      { error: 'UNAVAILABLE', headers: { 'retry-after': '99999999999' } },
      { ...token, reason: 'unavailable', afterMs: 86_400_000 },
    ],
    [
      'UNAVAILABLE until nobody knows when',
      { error: 'UNAVAILABLE', headers: { 'retry-after': 'soon' } },
      { ...token, reason: 'unavailable' },
    ],
    ['INTERNAL', { error: 'INTERNAL' }, { ...token, reason: 'internal' }],
    ['a 500 of no form', unreadable(500), { ...token, reason: 'internal' }],
    ['a 502 of a proxy', unreadable(502), { ...token, reason: 'internal' }],
    ['a 503 of a proxy', unreadable(503), { ...token, reason: 'unavailable' }],
    ['a 429 of a proxy', unreadable(429), { ...token, reason: 'rate_limited', afterMs: 60_000 }],
    ['THIRD_PARTY_AUTH_ERROR', { error: 'THIRD_PARTY_AUTH_ERROR' }, { ...setup, reason: 'third_party_auth' }],
    ['a 401 of no form', unreadable(401), { ...setup, reason: 'credentials' }],
    ['a 403 of no form', unreadable(403), { ...setup, reason: 'credentials' }],
    ['a 404 of no form', unreadable(404), { ...setup, reason: 'project' }],
    [
      'a connection that breaks before it was taken',
      { cut: 'before' },
      { kind: 'retry', reason: 'unreachable', trouble: 'service' },
    ],
    [
      'a connection that breaks after it was taken',
      { cut: 'after' },
      { kind: 'retry', reason: 'unreachable', trouble: 'service' },
    ],
  ])('%s', async (_what, fault, expected) => {
    const { outcome, requests } = await sendWhile(fault);
    expect(outcome).toEqual(expected);
    expect(requests).toBe(1);
  });

  test('a 413 is for good', async () => {
    expect((await sendWhile(unreadable(413))).outcome).toEqual({ kind: 'failed', reason: 'invalid_message' });
  });

  test('nobody at that address', async () => {
    const nobody = createPushSender({ ...fcm.config, apiBase: `http://127.0.0.1:${await unusedPort()}` });
    expect(await nobody.send([message()])).toEqual([
      { kind: 'retry', reason: 'unreachable', trouble: 'service' },
    ]);
    await nobody.close();
  });

  test('somebody who takes the connection and never answers, within the SDK’s fifteen seconds', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const waiting = createPushSender({ ...fcm.config, apiBase: `http://127.0.0.1:${port}` });
    expect(await waiting.send([message()])).toEqual([
      { kind: 'retry', reason: 'timeout', trouble: 'service' },
    ]);
    await waiting.close();
    silent.close();
  }, 25_000);

  test('a service account whose key cannot sign', async () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const account = { projectId: 'holdfast-local', clientEmail: 'push@holdfast-local.invalid', privateKey };
    const before = fcm.counts().requests;
    const unknown = createPushSender({ ...fcm.config, account });
    const [outcome] = await unknown.send([message()]);
    await unknown.close();
    expect(outcome).toEqual({ kind: 'retry', reason: 'credentials', trouble: 'setup' });
    expect(fcm.counts().requests).toBe(before);
  });
});

test('a thousand pushes go over no more than a hundred connections, which are used again', async () => {
  const outcomes = await sender.send(
    Array.from({ length: 1000 }, (_one, index) => message(`device-${index}`)),
  );
  expect(outcomes.filter((one) => one.kind === 'sent')).toHaveLength(1000);
  expect(fcm.counts().connections).toBeLessThanOrEqual(130);
});
