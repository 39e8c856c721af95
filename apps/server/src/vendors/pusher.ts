import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import Pusher from 'pusher';
import { secondMs } from '../clock.ts';
import type { PusherConfig } from '../config-push.ts';

export type PusherEvent = { channel: string; event: string; data: object };

export type PusherClient = {
  /** Resolves when Pusher took all of them. At most 10, each with at most 10 KB of data. */
  trigger(events: readonly PusherEvent[]): Promise<void>;
  /** Lets this connection to Pusher listen to the channel. */
  authorize(socketId: string, channel: string): { auth: string };
  key: string;
  cluster: string;
  close(): void;
};

/** What Pusher takes in one request, and of one event. */
export const mostEvents = 10;
export const maximumDataBytes = 10_000;

const limitMs = 10 * secondMs;
const idleMs = 20 * secondMs;

/** Pusher Channels by its official SDK, which asks once for each request. */
export function createPusherClient(config: PusherConfig): PusherClient {
  const server = config.host === undefined ? undefined : new URL(config.host);
  const options = { keepAlive: true, maxSockets: 20, timeout: idleMs };
  const agent = server?.protocol === 'http:' ? new PlainAgent(options) : new Agent(options);
  const pusher = new Pusher({
    appId: config.appId,
    key: config.key,
    secret: config.secret,
    timeout: limitMs,
    agent,
    ...(server === undefined
      ? { cluster: config.cluster, useTLS: true }
      : { host: server.hostname, port: server.port, useTLS: server.protocol === 'https:' }),
  });
  return {
    trigger: async (events) => {
      const answer = await pusher.triggerBatch(
        events.map(({ channel, event, data }) => ({ channel, name: event, data: JSON.stringify(data) })),
      );
      // Unread, it would keep its connection from being used again.
      await answer.text();
    },
    authorize: (socketId, channel) => ({ auth: pusher.authorizeChannel(socketId, channel).auth }),
    key: config.key,
    cluster: config.cluster,
    close: () => agent.destroy(),
  };
}

/** Whether it is worth another try, and whether it is the events or our set-up that Pusher does not take. */
export type PusherFailure = {
  kind: 'retry' | 'failed';
  reason: string;
  trouble: 'events' | 'service' | 'setup';
};

/** What an error of Pusher's SDK means. It quotes the request's address and signature: never to be logged. */
export function pusherFailure(error: unknown): PusherFailure {
  const status = (error as { status?: number }).status;
  if (status === undefined) return { kind: 'retry', reason: 'unreachable', trouble: 'service' };
  // A wrong key; or the app is switched off, or has used up its messages of the day.
  if (status === 401 || status === 403) return { kind: 'retry', reason: 'credentials', trouble: 'setup' };
  if (status === 404) return { kind: 'retry', reason: 'app', trouble: 'setup' };
  if (status === 429) return { kind: 'retry', reason: 'rate_limited', trouble: 'service' };
  if (status < 500) return { kind: 'failed', reason: 'refused', trouble: 'events' };
  return { kind: 'retry', reason: 'unavailable', trouble: 'service' };
}
