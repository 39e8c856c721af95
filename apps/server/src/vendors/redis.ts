import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { secondMs } from '../clock.ts';
import { type Bus, createListeners, type Dispatch } from '../ws/bus.ts';
import { createRegister } from './redis-register.ts';

const channel = 'holdfast:frames';
/** So long after Redis has come back all others have come back to it, too, and have said who is with them. */
const returnMs = 7 * secondMs;

const connecting = {
  // A process that never says anything, and hears nothing, opens no connection.
  lazyConnect: true,
  connectTimeout: 2 * secondMs,
  retryStrategy: (attempt: number) => Math.min(100 * attempt, secondMs),
};
/** What cannot be said now is not said later. */
const hasty = { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 2 * secondMs };
/** A subscription waits for its connection as long as it takes, and is restored with it. */
const patient = { maxRetriesPerRequest: null };

/** Notices when what is said may not have been heard, and when that is over. */
function createTrouble() {
  const listeners = new Set<() => void>();
  let isTroubled = false;
  let heardSince: number | undefined;
  return {
    note: () => {
      isTroubled = true;
      heardSince = undefined;
    },
    /** Something was said, and can be answered: looks whether that has been so for long enough. */
    heard: (now: Date) => {
      heardSince ??= now.getTime();
      if (!isTroubled || now.getTime() - heardSince < returnMs) return;
      isTroubled = false;
      for (const listener of listeners) listener();
    },
    onReturn: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Joins the processes of one installation. What is published here is heard here at once, whatever Redis does; what it
 * loses on the way to others is found in the database. Nothing waits for it: while it is away, nothing is queued for it.
 */
export function createRedisBus(url: string, log: Logger): Bus {
  const origin = randomUUID();
  const local = createListeners();
  const redis = new Redis(url, { ...connecting, ...hasty });
  const subscriber = new Redis(url, { ...connecting, ...patient });
  const register = createRegister(redis, origin, () => open());
  const trouble = createTrouble();
  for (const one of [redis, subscriber]) {
    one.on('error', (error) => log.debug({ err: error }, 'redis does not answer'));
    one.on('close', trouble.note);
  }
  // On a connection that stands, what fails has not been answered in time.
  const quietly = (work: Promise<unknown>) =>
    void work.catch(() => {
      if (redis.status === 'ready') trouble.note();
    });
  let isOpen = false;
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    quietly(redis.connect());
  };
  const listen = () => {
    open();
    if (subscriber.status === 'wait') quietly(subscriber.subscribe(channel));
  };
  subscriber.on('message', (_channel: string, text: string) => {
    const [from, dispatch] = JSON.parse(text) as [string, Dispatch];
    if (from !== origin) local.hear(dispatch, false);
  });
  return {
    subscribe: (listener) => {
      listen();
      return local.subscribe(listener);
    },
    publish: (dispatch) => {
      open();
      local.hear(dispatch, true);
      quietly(redis.publish(channel, JSON.stringify([origin, dispatch])));
    },
    sayHere: (userIds, now) =>
      quietly(
        register.sayHere(userIds, now).then(() => {
          if (subscriber.status === 'ready') trouble.heard(now);
        }),
      ),
    sayGone: (userId) => quietly(register.sayGone(userId)),
    takeAbandoned: (now) => register.takeAbandoned(now).catch(() => []),
    onReturn: trouble.onReturn,
    whoIsElsewhere: register.whoIsElsewhere,
    whoIsConnected: register.whoIsConnected,
    close: () => {
      quietly(register.abandon());
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}
