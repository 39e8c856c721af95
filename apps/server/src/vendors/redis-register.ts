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

/** Who is connected to which process. All of it rejects while Redis is away, but for `whoIsElsewhere`: then nobody is. */
export function createRegister(redis: Redis, origin: string) {
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
      const pipeline = redis.pipeline().zadd(processesKey, now.getTime(), origin);
      for (const userId of userIds)
        pipeline.zadd(hereKey(userId), now.getTime() + hereMs, origin).pexpire(hereKey(userId), hereMs);
      if (userIds.length > 0)
        pipeline.sadd(peopleKey(origin), ...userIds).pexpire(peopleKey(origin), peopleMs);
      const results = (await pipeline.exec()) ?? [];
      for (const [error] of results) if (error !== null) throw error;
    },
    sayGone: async (userId: string): Promise<void> => {
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
    whoIsElsewhere: async (userIds: readonly string[], now: Date): Promise<Set<string>> => {
      const pipeline = redis.pipeline();
      for (const userId of userIds) pipeline.zrangebyscore(hereKey(userId), now.getTime(), '+inf');
      const results = await pipeline.exec().catch(() => null);
      const here = (index: number) => (results?.[index]?.[1] as string[] | undefined) ?? [];
      return new Set(userIds.filter((_one, index) => here(index).some((process) => process !== origin)));
    },
  };
}
