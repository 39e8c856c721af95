import { randomUUID } from 'node:crypto';
import { Agent } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Messaging } from 'firebase-admin/messaging';
import { secondMs } from '../clock.ts';
import type { FcmConfig } from '../config-push.ts';
import { type PushFailure, pushFailure, TooLate } from './fcm-failures.ts';
import { type PushMessage, toFcmMessage } from './fcm-message.ts';

export type { PushMessage } from './fcm-message.ts';

export type PushOutcome = { kind: 'sent'; reference: string } | PushFailure;

export type PushSender = {
  /** One outcome for each message, in their order. Never throws; takes half a minute at most once they are begun. */
  send(messages: readonly PushMessage[]): Promise<PushOutcome[]>;
  close(): Promise<void>;
};

/** Requests under way at once, of all callers together. */
const maximumConnections = 100;
const idleMs = 20 * secondMs;
const limitMs = 30 * secondMs;

/**
 * Firebase Cloud Messaging by its own SDK. Each message is asked for once: the SDK would repeat a request up to four
 * times, waiting up to a minute between, also after a connection broke on which the message may have gone out. When to
 * try again is decided by the delivery, which knows what it has sent.
 */
export function createPushSender(config: FcmConfig): PushSender {
  const agent = agentFor(config.apiBase);
  let opening: Promise<Opened> | undefined;
  const sendOne = async (message: PushMessage): Promise<PushOutcome> => {
    try {
      opening ??= open(config, agent);
      const { messaging } = await opening;
      // Not sendEach: it opens a connection of HTTP/2 for each call, which can go nowhere but to Google.
      const name = await within(limitMs, messaging.send(toFcmMessage(message)));
      return { kind: 'sent', reference: name.split('/').at(-1)! };
    } catch (error) {
      return pushFailure(error);
    }
  };
  return {
    send: async (messages) => {
      const outcomes: PushOutcome[] = [];
      const waiting = messages.entries();
      const work = async () => {
        for (const [index, message] of waiting) outcomes[index] = await sendOne(message);
      };
      await Promise.all(Array.from({ length: Math.min(maximumConnections, messages.length) }, work));
      return outcomes;
    },
    close: async () => {
      agent.destroy();
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

type Opened = { messaging: Messaging; close(): Promise<void> };

/** The SDK takes a quarter of a second to load: only where something is sent. */
async function open(config: FcmConfig, httpAgent: Agent): Promise<Opened> {
  const { cert, deleteApp, initializeApp } = await import('firebase-admin/app');
  const { getMessaging } = await import('firebase-admin/messaging');
  const credential = config.account === undefined ? standInCredential : cert(config.account);
  const app = initializeApp(
    {
      projectId: config.projectId,
      httpAgent,
      // One that Google never answers about would be waited for by everybody, for ever.
      credential: { getAccessToken: () => within(limitMs / 2, credential.getAccessToken()) },
    },
    randomUUID(),
  );
  const messaging = getMessaging(app);
  stopRepeating(messaging);
  return { messaging, close: () => deleteApp(app) };
}

/** The stand-in asks who it is, and lets everybody in. */
const standInCredential = {
  getAccessToken: async () => ({ access_token: 'local-stand-in', expires_in: 3600 }),
};

/** There is no option for it. Should the SDK keep it elsewhere one day, nothing is sent until this is looked at. */
function stopRepeating(messaging: Messaging): void {
  const { messagingRequestHandler } = messaging as unknown as {
    messagingRequestHandler?: { httpClient?: { retry?: unknown } };
  };
  const client = messagingRequestHandler?.httpClient;
  if (client?.retry === undefined) throw new Error('firebase-admin no longer repeats requests as it did');
  client.retry = undefined;
}

/**
 * Connections that are used again. The SDK has Google's address written into it and no way to change it; what it does
 * take is an agent, and an agent may connect to wherever it likes.
 */
function agentFor(apiBase: string | undefined): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: maximumConnections, timeout: idleMs });
  if (apiBase === undefined) return agent;
  const { protocol, hostname, port } = new URL(apiBase);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isPlain = protocol === 'http:';
  const address = { host, port: Number(port || (isPlain ? 80 : 443)) };
  agent.createConnection = () =>
    isPlain ? connectPlain({ ...address, noDelay: true }) : connectSecurely({ ...address, servername: host });
  return agent;
}

function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooLate()), milliseconds);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
