import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FcmConfig } from '../config-push.ts';
import {
  apiError,
  errorOfToken,
  type FcmAnswer,
  type FcmError,
  fcmError,
  invalidRequest,
} from './fcm-errors.ts';
import { readSendRequest, type SentMessage } from './fcm-request.ts';

export type StoredPush = {
  /** What Firebase would call it: projects/…/messages/…. */
  name: string;
  /** UTC, ISO 8601. */
  receivedAt: string;
  token: string;
  message: SentMessage;
};

/** What happens to requests instead of what would. */
export type Fault = {
  error?: FcmError;
  /** An answer that Firebase would not give by itself: of a proxy, or of its front. */
  answer?: { status: number; body: string };
  headers?: Record<string, string>;
  delayMs?: number;
  /** Cuts the connection: before the push was taken, or after it was and before that is said. */
  cut?: 'before' | 'after';
};

export type LocalFcm = {
  /** For createPushSender. */
  config: FcmConfig;
  /** The newest, oldest first; one is in it before its sender hears that it was taken. */
  pushes(): StoredPush[];
  /** How many requests came, how many pushes were taken, and over how many connections. */
  counts(): { requests: number; taken: number; connections: number };
  /** The first that fits, among those that are here and those that come. */
  waitFor(fits: (push: StoredPush) => boolean, timeoutMs?: number): Promise<StoredPush>;
  /** For the next so many requests, or until it is called anew; without a fault everything is as it should be. */
  behave(fault?: Fault, times?: number): void;
  clear(): void;
  close(): Promise<void>;
};

export type LocalFcmOptions = { port?: number; keep?: number };

export const localProject = 'holdfast-local';
const keepDefault = 500;
const largestRequestBytes = 64 * 1024;

type State = {
  pushes: StoredPush[];
  keep: number;
  requests: number;
  taken: number;
  connections: number;
  fault: { fault: Fault; left: number } | undefined;
  waiters: Set<(push: StoredPush) => void>;
};

/** Firebase Cloud Messaging as far as HTTP v1 goes: takes pushes, checks them, shows them, and sends them nowhere. */
export async function startLocalFcm(options: LocalFcmOptions = {}): Promise<LocalFcm> {
  const state: State = {
    pushes: [],
    keep: options.keep ?? keepDefault,
    requests: 0,
    taken: 0,
    connections: 0,
    fault: undefined,
    waiters: new Set(),
  };
  const server = createServer((request, response) => {
    answer(state, request, response).catch(() => response.destroy());
  });
  server.on('connection', () => {
    state.connections += 1;
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    config: { projectId: localProject, account: undefined, apiBase: `http://127.0.0.1:${port}` },
    pushes: () => [...state.pushes],
    counts: () => {
      const { requests, taken, connections } = state;
      return { requests, taken, connections };
    },
    waitFor: async (fits, timeoutMs = 20_000) =>
      state.pushes.find(fits) ?? waitForNext(state, fits, timeoutMs),
    behave: (fault, times = Number.POSITIVE_INFINITY) => {
      state.fault = fault === undefined ? undefined : { fault, left: times };
    },
    clear: () => {
      state.pushes.length = 0;
    },
    close: () => stop(server),
  };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  state.requests += 1;
  const fault = nextFault(state);
  const body = await readBody(request);
  if (fault.delayMs !== undefined) await delay(fault.delayMs);
  if (fault.cut === 'before') return void response.destroy();
  if (fault.answer !== undefined) {
    response.writeHead(fault.answer.status, fault.headers).end(fault.answer.body);
    return;
  }
  const {
    status,
    headers,
    body: answered,
  } = fault.error === undefined ? take(state, request, body) : fcmError(fault.error, fault.headers);
  if (fault.cut === 'after') return void response.destroy();
  const text = JSON.stringify(answered);
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function nextFault(state: State): Fault {
  if (state.fault === undefined || state.fault.left <= 0) return {};
  state.fault.left -= 1;
  return state.fault.fault;
}

function take(state: State, request: IncomingMessage, body: string): FcmAnswer {
  const { method, url, headers } = request;
  const project = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(url ?? '')?.[1];
  if (project === undefined || method !== 'POST') return apiError(404, 'NOT_FOUND', 'Not found.');
  if (!/^Bearer \S+$/.test(headers.authorization ?? ''))
    return apiError(401, 'UNAUTHENTICATED', 'Request is missing required authentication credential.');
  if (project !== localProject)
    return apiError(403, 'PERMISSION_DENIED', "Permission 'cloudmessaging.messages.create' denied.");
  const read = readSendRequest(body);
  if ('field' in read) return invalidRequest(read.field, read.description);
  const error = errorOfToken(read.message.token);
  if (error !== undefined)
    return fcmError(error, error === 'QUOTA_EXCEEDED' ? { 'retry-after': '30' } : undefined);
  const name = `projects/${project}/messages/${state.taken + 1}`;
  if (!read.isTrial) keep(state, name, read.message);
  return { status: 200, body: { name } };
}

function keep(state: State, name: string, message: SentMessage): void {
  const push = { name, receivedAt: new Date().toISOString(), token: message.token, message };
  state.taken += 1;
  state.pushes.push(push);
  if (state.pushes.length > state.keep) state.pushes.shift();
  for (const hear of [...state.waiters]) hear(push);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > largestRequestBytes) throw new Error('the request is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function waitForNext(
  { waiters }: State,
  fits: (push: StoredPush) => boolean,
  timeoutMs: number,
): Promise<StoredPush> {
  const { promise, resolve, reject } = Promise.withResolvers<StoredPush>();
  const timer = setTimeout(() => reject(new Error(`No such push came within ${timeoutMs} ms.`)), timeoutMs);
  const hear = (push: StoredPush) => {
    if (fits(push)) resolve(push);
  };
  waiters.add(hear);
  return promise.finally(() => {
    clearTimeout(timer);
    waiters.delete(hear);
  });
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
