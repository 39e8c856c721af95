import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { secondMs } from '../clock.ts';
import { type Bus, createListeners, type Dispatch } from '../ws/bus.ts';

const channel = 'holdfast:frames';
const hereKey = (userId: string) => `holdfast:here:${userId}`;
/** Whoever has not said for so long that they are here has gone, or their process has. */
const hereMs = 10 * secondMs;

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

/**
 * Joins the processes of one installation. What is published here is heard here at once, whatever Redis does; what it
 * loses on the way to others is found in the database. Nothing waits for it: while it is away, nothing is queued for it.
 */
export function createRedisBus(url: string, log: Logger): Bus {
  const origin = randomUUID();
  const local = createListeners();
  const redis = new Redis(url, { ...connecting, ...hasty });
  const subscriber = new Redis(url, { ...connecting, ...patient });
  for (const one of [redis, subscriber])
    one.on('error', (error) => log.debug({ err: error }, 'redis does not answer'));
  const quietly = (work: Promise<unknown>) => void work.catch(() => undefined);
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
    ...createPlaces(redis, origin, open, quietly),
    close: () => {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

type Places = Pick<Bus, 'sayHere' | 'sayGone' | 'whoIsElsewhere' | 'whoIsConnected'>;

/** Who is connected where: what this process says of itself, and what others say. */
function createPlaces(
  redis: Redis,
  origin: string,
  open: () => void,
  quietly: (work: Promise<unknown>) => void,
): Places {
  const here = new Set<string>();
  /** Undefined while Redis does not answer. */
  const askElsewhere = async (userIds: readonly string[], now: Date): Promise<Set<string> | undefined> => {
    if (userIds.length === 0) return new Set();
    open();
    const pipeline = redis.pipeline();
    for (const userId of userIds) pipeline.zrangebyscore(hereKey(userId), now.getTime(), '+inf');
    const results = await pipeline.exec().catch(() => null);
    if (results === null || results.some(([error]) => error !== null)) return undefined;
    const processesOf = (index: number) => results[index]![1] as string[];
    return new Set(userIds.filter((_one, index) => processesOf(index).some((process) => process !== origin)));
  };
  return {
    sayHere: (userIds, now) => {
      for (const userId of userIds) here.add(userId);
      const pipeline = redis.pipeline();
      for (const userId of userIds)
        pipeline.zadd(hereKey(userId), now.getTime() + hereMs, origin).pexpire(hereKey(userId), hereMs);
      quietly(pipeline.exec());
    },
    sayGone: (userId) => {
      here.delete(userId);
      quietly(redis.zrem(hereKey(userId), origin));
    },
    whoIsElsewhere: async (userIds, now) => (await askElsewhere(userIds, now)) ?? new Set(),
    whoIsConnected: async (userIds, now) => {
      const away = userIds.filter((userId) => !here.has(userId));
      // Who is not known to be away is told: it costs a frame that nobody hears.
      const elsewhere = (await askElsewhere(away, now)) ?? new Set(away);
      return new Set(userIds.filter((userId) => here.has(userId) || elsewhere.has(userId)));
    },
  };
}
