import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PusherConfig } from '../src/config-push.ts';

export type PusherTrigger = { channel: string; name: string; data: unknown };

export type FakePusher = {
  config: PusherConfig;
  /** What was triggered, in the order in which it came. */
  events: PusherTrigger[];
  /** How many events each request brought. */
  batches: number[];
  /** Answers so from now on, with everything taken as Pusher would if nothing is given; may wait first. */
  behave(behaviour?: (events: PusherTrigger[]) => Promise<number> | number): void;
  stop(): Promise<void>;
};

/** Pusher's HTTP interface as far as batch_events goes, with its official signatures (Pusher docs, "REST API"). */
export async function startFakePusher(): Promise<FakePusher> {
  const config = {
    appId: '12345',
    key: '278d425bdf160c739803',
    secret: '7ad3773142a6692b25b8',
    cluster: 'eu',
  };
  const events: PusherTrigger[] = [];
  const batches: number[] = [];
  const takesAll = (): Promise<number> | number => 200;
  let behaviour: (events: PusherTrigger[]) => Promise<number> | number = takesAll;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    const url = new URL(request.url ?? '', 'http://pusher');
    if (url.pathname !== `/apps/${config.appId}/batch_events`) return void response.writeHead(404).end();
    const refusal = refusalOf(config, request.method ?? '', url, body);
    if (refusal !== undefined) return void response.writeHead(401).end(refusal);
    const { batch } = JSON.parse(body) as { batch: { channel: string; name: string; data: string }[] };
    if (batch.length > 10) return void response.writeHead(400).end('too many events');
    if (batch.some((one) => Buffer.byteLength(one.data) > 10_240))
      return void response.writeHead(413).end('too much data');
    const told = batch.map(({ channel, name, data }) => ({
      channel,
      name,
      data: JSON.parse(data) as unknown,
    }));
    const status = await behaviour(told);
    if (status === 200) events.push(...told);
    batches.push(batch.length);
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    config: { ...config, host: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    events,
    batches,
    behave: (next = takesAll) => {
      behaviour = next;
      events.length = 0;
      batches.length = 0;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Why the signature of a request is not right, if it is not. */
function refusalOf(
  { key, secret }: Pick<PusherConfig, 'key' | 'secret'>,
  method: string,
  url: URL,
  body: string,
): string | undefined {
  const query = Object.fromEntries(url.searchParams);
  const { auth_signature: signature = '', ...signed } = query;
  if (signed.auth_key !== key || signed.auth_version !== '1.0') return 'unknown auth_key';
  if (Math.abs(Number(signed.auth_timestamp) - Date.now() / 1000) > 600) return 'the timestamp is too old';
  if (signed.body_md5 !== createHash('md5').update(body).digest('hex')) return 'body_md5 is wrong';
  const sorted = Object.keys(signed)
    .toSorted()
    .map((name) => `${name.toLowerCase()}=${signed[name]}`);
  const text = [method.toUpperCase(), url.pathname, sorted.join('&')].join('\n');
  const expected = createHmac('sha256', secret).update(text).digest('hex');
  const isRight =
    signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
  return isRight ? undefined : 'the signature is wrong';
}
