/** Runs one piece of work at a time, in the order asked for. */
export function createQueue(): { run: <T>(work: () => Promise<T>) => Promise<T>; idle: () => boolean } {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    run(work) {
      waiting += 1;
      const result = tail.then(work).finally(() => {
        waiting -= 1;
      });
      tail = result.catch(() => undefined);
      return result;
    },
    idle: () => waiting === 0,
  };
}

export type Queue = ReturnType<typeof createQueue>;
