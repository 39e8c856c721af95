import type { Redis } from 'ioredis';
import { minuteMs, secondMs } from '../clock.ts';

const hereKey = (userId: string) => `holdfast:here:${userId}`;
/** When each process last said who is connected to it, and who that was. */
const processesKey = 'holdfast:processes';
const peopleKey = (process: string) => `holdfast:people:${process}`;
/** Whoever has not said for so long that they are here has gone, or their process has. */
const hereMs = 10 * secondMs;
/** If nobody is left who would look, it is forgotten some time. */
const peopleMs = 10 * minuteMs;

/**
 * Who is connected to which process. All of it rejects while Redis is away, but for the questions: then nobody is elsewhere,
 * and anybody may be connected. `open` connects a process that has asked nothing yet.
 */
export function createRegister(redis: Redis, origin: string, open: () => void) {
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
  const takeOne = async (process: string): Promise<string[]> => {
    // Whoever removes it has it.
    if ((await redis.zrem(processesKey, process)) === 0) return [];
    const people = await redis.smembers(peopleKey(process));
    const pipeline = redis.pipeline().del(peopleKey(process));
    for (const userId of people) pipeline.zrem(hereKey(userId), process);
    await pipeline.exec();
    return people;
  };
  return {
    /** Rejects if that was not written. */
    sayHere: async (userIds: readonly string[], now: Date): Promise<void> => {
      for (const userId of userIds) here.add(userId);
      const pipeline = redis.pipeline().zadd(processesKey, now.getTime(), origin);
      for (const userId of userIds)
        pipeline.zadd(hereKey(userId), now.getTime() + hereMs, origin).pexpire(hereKey(userId), hereMs);
      if (userIds.length > 0)
        pipeline.sadd(peopleKey(origin), ...userIds).pexpire(peopleKey(origin), peopleMs);
      const results = (await pipeline.exec()) ?? [];
      for (const [error] of results) if (error !== null) throw error;
    },
    sayGone: async (userId: string): Promise<void> => {
      here.delete(userId);
      await redis.pipeline().zrem(hereKey(userId), origin).srem(peopleKey(origin), userId).exec();
    },
    /** This process ends: others need not wait until it has been silent for long. */
    abandon: async (): Promise<void> => {
      await redis.zadd(processesKey, 'XX', 0, origin);
    },
    takeAbandoned: async (now: Date): Promise<string[]> => {
      const silent = await redis.zrangebyscore(processesKey, '-inf', now.getTime() - hereMs);
      return (await Promise.all(silent.filter((one) => one !== origin).map(takeOne))).flat();
    },
    whoIsElsewhere: async (userIds: readonly string[], now: Date): Promise<Set<string>> =>
      (await askElsewhere(userIds, now)) ?? new Set(),
    whoIsConnected: async (userIds: readonly string[], now: Date): Promise<Set<string>> => {
      const away = userIds.filter((userId) => !here.has(userId));
      // Who is not known to be away is told: it costs a frame that nobody hears.
      const elsewhere = (await askElsewhere(away, now)) ?? new Set(away);
      return new Set(userIds.filter((userId) => here.has(userId) || elsewhere.has(userId)));
    },
  };
}
