import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../test/world.ts';
import { newId } from '../ids.ts';

const secrets = ['whsec_platform00000000', 'whsec_connect000000000', 'whsec_rotated000000000'];

let world: World;
beforeAll(async () => {
  const stripe = {
    secretKey: 'sk_test_unused0000000000',
    publishableKey: 'pk_test_unused0000000000',
    webhookSecrets: secrets,
    apiBase: 'http://127.0.0.1:9',
  };
  world = await startWorld({ config: { stripe } });
});
afterAll(() => world.stop());

const eventOf = (over: Record<string, unknown> = {}) => ({
  id: newId('evt'),
  object: 'event',
  api_version: '2026-10-28.endive',
  type: 'customer.created',
  data: { object: { id: 'cus_1', object: 'customer' } },
  ...over,
});

type Options = {
  secret?: string;
  atMs?: number;
  headers?: Record<string, string>;
  sent?: string | Uint8Array<ArrayBuffer> | undefined;
};

function signatureOf(
  body: string | Buffer,
  secret = secrets[0]!,
  atMs = world.clock.now().getTime(),
): string {
  const at = Math.floor(atMs / 1000);
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex')}`;
}

/** Signs the body and delivers it, or what `sent` says instead. */
const deliver = (body: string | Buffer, { secret, atMs, headers, ...rest }: Options = {}) =>
  fetch(`${world.url}/api/webhooks/stripe`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': signatureOf(body, secret, atMs),
      ...headers,
    },
    body: 'sent' in rest ? (rest.sent ?? null) : new Uint8Array(Buffer.from(body)),
  });

const stored = async (id: string) =>
  (await sql`select * from stripe_events where id = ${id}`.execute(world.ctx.db)).rows.length;
const tasksOf = async (id: string) =>
  (
    await sql`select * from graphile_worker._private_jobs where payload ->> 'eventId' = ${id}`.execute(
      world.ctx.db,
    )
  ).rows.length;

async function expectRefused(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(await response.json()).toMatchObject({ status, code });
  expect(response.status).toBe(status);
}

describe('a delivery', () => {
  test('signed by any secret of the list is stored with its task before it is answered', async () => {
    for (const secret of secrets) {
      const event = eventOf();
      const response = await deliver(JSON.stringify(event), { secret });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ received: true });
      expect(await stored(event.id)).toBe(1);
      expect(await tasksOf(event.id)).toBe(1);
    }
  });

  test('that comes ten times, five of them at once, is stored once with one task', async () => {
    const event = eventOf();
    const body = JSON.stringify(event);
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => deliver(body)));
    for (let again = 0; again < 5; again += 1) atOnce.push(await deliver(body));
    expect(atOnce.map((response) => response.status)).toEqual(Array(10).fill(200));
    expect(await stored(event.id)).toBe(1);
    expect(await tasksOf(event.id)).toBe(1);
  });

  test('is taken whatever its content type and the letters in it', async () => {
    for (const type of ['text/plain', 'application/octet-stream', 'application/x-www-form-urlencoded']) {
      const event = eventOf({ note: 'Zürich — ñ' });
      expect((await deliver(JSON.stringify(event), { headers: { 'content-type': type } })).status).toBe(200);
      expect(await stored(event.id)).toBe(1);
    }
  });

  test('keeps none of the event but what it is about', async () => {
    const event = eventOf({
      account: 'acct_1',
      data: { object: { id: 'cus_2', email: 'somebody@example.org', name: 'Some Body' } },
    });
    await deliver(JSON.stringify(event));
    const { rows } =
      await sql`select to_jsonb(stripe_events)::text as row from stripe_events where id = ${event.id}`.execute(
        world.ctx.db,
      );
    expect(JSON.stringify(rows)).not.toMatch(/example|Some Body/);
    expect(JSON.stringify(rows)).toContain('acct_1');
  });

  test('of a type that nobody handles is stored, and applying it changes nothing', async () => {
    const event = eventOf({ type: 'invoice.paid' });
    await deliver(JSON.stringify(event));
    await world.drain();
    const { rows } = await sql<{ applied: boolean }>`
      select applied_at is not null as applied from stripe_events where id = ${event.id}`.execute(
      world.ctx.db,
    );
    expect(rows).toEqual([{ applied: true }]);
  });
});

describe('refused and not stored is a delivery', () => {
  const refusedWith = async (response: Response, id: string) => {
    await expectRefused(response, 400, 'invalid_signature');
    expect(await stored(id)).toBe(0);
  };

  test('signed by nobody we know, or by no secret at all', async () => {
    const event = eventOf();
    const body = JSON.stringify(event);
    await refusedWith(await deliver(body, { secret: 'whsec_somebodyelse0000' }), event.id);
    await refusedWith(await deliver(body, { secret: '' }), event.id);
    for (const signature of ['', 'nonsense', 't=,v1=', `t=${'9'.repeat(400)},v1=00`, `v1=${'0'.repeat(64)}`])
      await refusedWith(await deliver(body, { headers: { 'stripe-signature': signature } }), event.id);
  });

  test('whose bytes differ from what was signed, be it by a space', async () => {
    const event = eventOf();
    const body = JSON.stringify(event);
    await refusedWith(await deliver(body, { sent: JSON.stringify(event, null, 1) }), event.id);
    await refusedWith(await deliver(body, { sent: `${body} ` }), event.id);
    await refusedWith(await deliver(body, { sent: body.replace('cus_1', 'cus_2') }), event.id);
  });

  test('signed more than five minutes ago; one of four minutes is taken', async () => {
    const event = eventOf();
    const now = world.clock.now().getTime();
    await refusedWith(await deliver(JSON.stringify(event), { atMs: now - 301_000 }), event.id);
    expect((await deliver(JSON.stringify(event), { atMs: now - 240_000 })).status).toBe(200);
  });

  test('without a signature, or without a body', async () => {
    const event = eventOf();
    const bare = await fetch(`${world.url}/api/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    await refusedWith(bare, event.id);
    await refusedWith(await deliver('', { sent: undefined }), event.id);
    await refusedWith(await deliver('', { sent: '' }), event.id);
  });

  test('that is well signed and no event', async () => {
    const bodies = ['not json', '', 'null', '[]', '"evt_1"', '{}', '{"id":"evt_x","type":"a"}', '\ud800'];
    const thin = { id: newId('evt'), object: 'v2.core.event', type: 'v2.core.account.updated' };
    for (const body of [...bodies, JSON.stringify(thin), JSON.stringify(eventOf({ data: null }))])
      await expectRefused(await deliver(body), 400, 'invalid_signature');
  });
});

test('a body larger than any event is refused before it is read', async () => {
  const body = JSON.stringify(eventOf({ filler: 'x'.repeat(600 * 1024) }));
  await expectRefused(await deliver(body), 413, 'payload_too_large');
});

test('other methods are told which one there is', async () => {
  const response = await fetch(`${world.url}/api/webhooks/stripe`);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toContain('POST');
});
