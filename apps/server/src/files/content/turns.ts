/**
 * Lets tasks run at once as long as there are at most `limit` of them and their sizes add up to at most `room`; the
 * others wait in the order in which they came. One that is larger than all of the room runs alone.
 */
export function createTurns(
  limit: number,
  room: number,
): <T>(size: number, task: () => Promise<T>) => Promise<T> {
  const waiting: { size: number; start: () => void }[] = [];
  let running = 0;
  let used = 0;
  const fits = (size: number) => running === 0 || (running < limit && used + size <= room);
  const enter = (size: number) => {
    running += 1;
    used += size;
  };
  const leave = (size: number) => {
    running -= 1;
    used -= size;
    for (let next = waiting[0]; next !== undefined && fits(next.size); next = waiting[0]) {
      waiting.shift();
      enter(next.size);
      next.start();
    }
  };
  return async (size, task) => {
    if (waiting.length === 0 && fits(size)) enter(size);
    else await new Promise<void>((start) => waiting.push({ size, start }));
    try {
      return await task();
    } finally {
      leave(size);
    }
  };
}
