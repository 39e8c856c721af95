import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Chance } from './chance.ts';

/*
 * Two requests at once, and the seed decides who goes next. Whatever a request does outside of its own memory (a
 * statement, a call to Stripe) is an operation that waits for its turn; between two operations nobody else runs. A
 * statement that waits for another's row lock is recognised by asking PostgreSQL, and the other one goes on. So a race
 * is a list of turns, the same on every run.
 */

/** Says whether the backend with this process id waits for a lock of another. */
export type IsBlocked = (processId: number) => Promise<boolean>;

type Operation = { begin(): void };
type Running = { processId: number | undefined; wasBlocked: boolean };
type Fiber = {
  waiting: Operation[];
  /** The backend of the statement that runs, while one does. */
  running: Set<Running>;
  isDone: boolean;
  /** Told of everything that the fiber does. */
  notify(): void;
};

const current = new AsyncLocalStorage<Fiber>();

/** Runs the operation when it is this request's turn; at once where nothing is interleaved. */
export async function inTurn<T>(processId: number | undefined, operate: () => Promise<T>): Promise<T> {
  const fiber = current.getStore();
  if (fiber === undefined) return operate();
  const turn = () =>
    new Promise<void>((begin) => {
      fiber.waiting.push({ begin });
      fiber.notify();
    });
  await turn();
  const running: Running = { processId, wasBlocked: false };
  fiber.running.add(running);
  try {
    return await operate();
  } finally {
    fiber.running.delete(running);
    fiber.notify();
    // It goes on with what another one did: that one has its turn now.
    if (running.wasBlocked) await turn();
  }
}

/** Runs all of them, one operation of one of them at a time. What each came to is in the order given. */
export async function interleave<T>(
  chance: Chance,
  isBlocked: IsBlocked,
  works: readonly (() => Promise<T>)[],
): Promise<PromiseSettledResult<T>[]> {
  if (works.length === 1) return Promise.allSettled([works[0]!()]);
  const fibers: Fiber[] = works.map(() => ({
    waiting: [],
    running: new Set(),
    isDone: false,
    notify: () => undefined,
  }));
  const results = works.map((work, index) => {
    const fiber = fibers[index]!;
    return current
      .run(fiber, () => inTurn(undefined, async () => undefined).then(work))
      .finally(() => {
        fiber.isDone = true;
        fiber.notify();
      });
  });
  const all = Promise.allSettled(results);
  for (;;) {
    for (const fiber of fibers) await standStill(fiber, isBlocked);
    const ready = fibers.filter((fiber) => fiber.waiting.length > 0);
    if (ready.length > 0) chance.pick(ready).waiting.shift()!.begin();
    // A request that failed may have left something under way beside it: that ends before anything else begins.
    else if (fibers.every((fiber) => fiber.isDone && fiber.running.size === 0)) return all;
    // Each waits for a lock of the other: PostgreSQL will end one of them.
    else await wait(5);
  }
}

/** Until the fiber waits for its turn, for a lock, or is done. */
async function standStill(fiber: Fiber, isBlocked: IsBlocked): Promise<void> {
  for (;;) {
    // Whatever its last operation set off in memory comes first.
    await new Promise((done) => setImmediate(done));
    if (fiber.isDone || (fiber.waiting.length > 0 && fiber.running.size === 0)) return;
    if (await somethingHappens(fiber)) continue;
    const [statement] = fiber.running;
    if (statement?.processId === undefined || !(await isBlocked(statement.processId))) continue;
    statement.wasBlocked = fiber.running.has(statement);
    if (statement.wasBlocked) return;
  }
}

const patienceMs = 3;

/** False if nothing did for so long that it may wait for a lock. */
const somethingHappens = (fiber: Fiber): Promise<boolean> =>
  new Promise((answer) => {
    const timer = setTimeout(() => answer(false), patienceMs);
    fiber.notify = () => {
      clearTimeout(timer);
      answer(true);
    };
  });
