import type { Server } from 'node:http';
import { ensurePlatform } from './accounts/platform.ts';
import { type Control, createControl } from './control/control.ts';
import type { Parts } from './control/parts.ts';
import { Clock, type SandboxClock } from './engine/clock.ts';
import { Engine } from './engine/engine.ts';
import { hostedPrefix } from './engine/platform.ts';
import { dropOldEvents } from './events/expire.ts';
import { createApi } from './http/api.ts';
import { Executor } from './http/execute.ts';
import { Faults } from './http/faults.ts';
import { dropExpired } from './http/idempotency.ts';
import { createHttpServer, listen, stop } from './http/server.ts';
import { createHosted } from './pages/hosted.ts';
import { ensureSchedules } from './payouts/schedule.ts';
import { createPostgresStore } from './store/postgres.ts';
import { createMemoryStore, type SandboxStore, type Store } from './store/store.ts';
import { taskHandlers } from './tasks.ts';
import { Deliverer } from './webhooks/deliver.ts';
import { newEndpoint } from './webhooks/endpoints.ts';
import { resumeDeliveries } from './webhooks/resume.ts';

export type { SandboxClock } from './engine/clock.ts';
export type { SandboxStore } from './store/store.ts';

export type SandboxOptions = {
  /** Default 127.0.0.1: nobody but this machine. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** What hosted pages are linked by; default http://host:port. */
  publicUrl?: string;
  /** Default memory. */
  store?: SandboxStore;
  log?: (line: string) => void;
};

export type StripeSandbox = {
  url: string;
  secretKey: string;
  publishableKey: string;
  clock: SandboxClock & { onAdvance(listener: () => void): () => void };
  /** Creates the endpoint or returns the existing one with the same url and connect flag. */
  ensureWebhookEndpoint(o: {
    url: string;
    connect: boolean;
    enabledEvents: string[];
  }): Promise<{ id: string; secret: string }>;
  control: Control;
  /** Stops listening and waits for the store. */
  close(): Promise<void>;
};

const keyBody = '51SandboxOnlyNotARealStripeKey';

function openStore(options: SandboxStore, log: (line: string) => void): Promise<Store> {
  if (options.kind === 'memory') return Promise.resolve(createMemoryStore());
  return createPostgresStore(options, log);
}

async function begin(engine: Engine): Promise<void> {
  await engine.load();
  await engine.transact((tx) => {
    ensurePlatform(tx);
    ensureSchedules(tx);
    dropExpired(tx);
    dropOldEvents(tx);
    resumeDeliveries(tx);
  });
}

async function ensureWebhookEndpoint(
  engine: Engine,
  wanted: { url: string; connect: boolean; enabledEvents: string[] },
): Promise<{ id: string; secret: string }> {
  return await engine.transact((tx) => {
    const existing = tx
      .all('webhook_endpoint')
      .find(({ data, hidden }) => data.url === wanted.url && hidden.connect === wanted.connect);
    if (existing === undefined) {
      const created = newEndpoint(tx, wanted);
      return { id: created.id, secret: created.hidden.secret };
    }
    const same = JSON.stringify(existing.data.enabled_events) === JSON.stringify(wanted.enabledEvents);
    if (!same) tx.edit('webhook_endpoint', existing.id).data.enabled_events = wanted.enabledEvents;
    return { id: existing.id, secret: existing.hidden.secret };
  });
}

type Assembled = { parts: Parts; control: Control; server: Server; setPublicUrl: (url: string) => void };

/** Puts the parts together, before anything listens. */
function assemble(engine: Engine, log: (line: string) => void): Assembled {
  let publicUrl = '';
  let apiRequests = 0;
  const render = (body: string): string => body.replaceAll(hostedPrefix, publicUrl);
  const deliverer = new Deliverer(engine, render);
  const clock = new Clock(engine, deliverer, taskHandlers, log);
  const faults = new Faults();
  const api = createApi(new Executor(engine), faults, render, log);
  const reset = async (): Promise<void> => {
    faults.clear();
    await engine.clear();
    await begin(engine);
  };
  const parts: Parts = { engine, clock, deliverer, faults, activeRequests: () => apiRequests, reset };
  const control = createControl(parts);
  const hosted = createHosted(parts, control, () => publicUrl);
  const server = createHttpServer(async (request, response, url, body) => {
    const ours = url.pathname === '/' || url.pathname.startsWith('/_sandbox/');
    if (ours) return await hosted(request, response, url, body);
    apiRequests += 1;
    try {
      await api(request, response, url, body);
    } finally {
      apiRequests -= 1;
    }
  }, log);
  const setPublicUrl = (url: string): void => {
    publicUrl = url.replace(/\/+$/, '');
  };
  return { parts, control, server, setPublicUrl };
}

function addressOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Starts a Stripe that lives in this process and listens on loopback. */
export async function startStripeSandbox(options: SandboxOptions = {}): Promise<StripeSandbox> {
  const log = options.log ?? (() => undefined);
  const host = options.host ?? '127.0.0.1';
  const engine = new Engine(await openStore(options.store ?? { kind: 'memory' }, log), log);
  const { parts, control, server, setPublicUrl } = assemble(engine, log);
  const close = async (): Promise<void> => {
    parts.clock.close();
    parts.deliverer.close();
    if (server.listening) await stop(server);
    await engine.close();
  };
  try {
    const url = addressOf(host, await listen(server, host, options.port ?? 0));
    setPublicUrl(options.publicUrl ?? url);
    await begin(engine);
    return {
      url,
      secretKey: `sk_test_${keyBody}`,
      publishableKey: `pk_test_${keyBody}`,
      clock: parts.clock,
      ensureWebhookEndpoint: (wanted) => ensureWebhookEndpoint(engine, wanted),
      control,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
