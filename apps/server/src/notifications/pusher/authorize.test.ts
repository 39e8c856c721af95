import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';

const config = {
  appId: '12345',
  key: '278d425bdf160c739803',
  secret: '7ad3773142a6692b25b8',
  cluster: 'eu',
  host: undefined,
};

let world: World;
let without: World;
let person: Person;
let other: Person;
beforeAll(async () => {
  world = await startWorld({ config: { pusher: config } });
  without = await startWorld();
  [person, other] = await Promise.all([
    createPerson(world, { role: 'customer' }),
    createPerson(world, { role: 'contractor' }),
  ]);
});
afterAll(async () => {
  await world.stop();
  await without.stop();
});
beforeEach(() => forgetRateLimits(world));

const json = (fields: object) => ({ type: 'application/json', body: JSON.stringify(fields) });
/** As pusher-js and its kin send it. */
const form = (fields: Record<string, string>) => ({
  type: 'application/x-www-form-urlencoded',
  body: new URLSearchParams(fields).toString(),
});

async function ask(
  { type, body }: { type: string; body: string },
  accessToken: string | undefined = person.accessToken,
  url = world.url,
) {
  const answer = await fetch(`${url}/api/pusher/auth`, {
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${accessToken}` },
    body,
  });
  return { status: answer.status, answer: (await answer.json()) as { auth?: string; code?: string } };
}

describe('a subscription at Pusher', () => {
  test.each([
    ['a form', form],
    ['JSON', json],
  ])('to one’s own channel is signed, asked for by %s', async (_how, write) => {
    const channel = `private-user-${person.id}`;
    const { status, answer } = await ask(write({ socket_id: '1234.5678', channel_name: channel }));
    // The algorithm of Pusher's documentation: HMAC SHA256 of socket_id:channel_name, in hexadecimal.
    const signature = createHmac('sha256', config.secret).update(`1234.5678:${channel}`).digest('hex');
    expect({ status, answer }).toEqual({ status: 200, answer: { auth: `${config.key}:${signature}` } });
  });

  test('signs as the example in Pusher’s documentation', async () => {
    const client = world.ctx.pusher!;
    expect(client.authorize('1234.1234', 'private-foobar')).toEqual({
      auth: '278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4',
    });
  });

  test.each([
    ['somebody else’s', () => `private-user-${other.id}`],
    ['one that only begins like one’s own', () => `private-user-${person.id}-x`],
    ['one that is not private', () => `user-${person.id}`],
    ['the presence channel of the same name', () => `presence-user-${person.id}`],
    ['an encrypted one', () => `private-encrypted-user-${person.id}`],
    ['two at once', () => `private-user-${person.id}:private-user-${other.id}`],
  ])('to %s is refused', async (_what, channel) => {
    for (const write of [form, json]) {
      const { status, answer } = await ask(write({ socket_id: '1234.5678', channel_name: channel() }));
      expect({ status, code: answer.code }).toEqual({ status: 403, code: 'forbidden' });
    }
  });

  test.each([
    ['no socket', { channel_name: 'x' }],
    ['a socket that carries more than an id', { socket_id: '1.2:private-user-x', channel_name: 'x' }],
    ['no channel', { socket_id: '1.2' }],
    ['an empty channel', { socket_id: '1.2', channel_name: '' }],
    ['an endless channel', { socket_id: '1.2', channel_name: 'x'.repeat(201) }],
    ['something more', { socket_id: '1.2', channel_name: 'x', user_id: 'usr_x' }],
  ])('with %s is not understood', async (_what, fields) => {
    for (const write of [form, json])
      expect((await ask(write(fields as unknown as Record<string, string>))).status).toBe(400);
  });

  test('is for people who are signed in', async () => {
    const fields = { socket_id: '1234.5678', channel_name: `private-user-${person.id}` };
    const { status } = await ask(form(fields), 'x'.repeat(43));
    expect(status).toBe(401);
  });

  test('a form of more than it needs is not read', async () => {
    const { status } = await ask(form({ socket_id: '1.2', channel_name: 'x'.repeat(3000) }));
    expect(status).toBe(413);
  });

  test('forms are read here alone', async () => {
    const answer = await fetch(`${world.url}/api/devices`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Bearer ${person.accessToken}`,
      },
      body: 'token=x',
    });
    expect(answer.status).toBe(415);
  });

  test('is not there where Pusher is not configured', async () => {
    const somebody = await createPerson(without, { role: 'customer' });
    const fields = { socket_id: '1234.5678', channel_name: `private-user-${somebody.id}` };
    const { status, answer } = await ask(form(fields), somebody.accessToken, without.url);
    expect({ status, code: answer.code }).toEqual({ status: 404, code: 'not_found' });
  });
});
