import { EventEmitter } from 'node:events';
import { Logger, type Runner, run, type WorkerEvents } from 'graphile-worker';
import type { Ctx } from '../context.ts';
import { freeTasksOfTheDead, giveLifeSign, type LifeSign } from './alive.ts';
import { patientPool } from './patient-pool.ts';
import type { TaskName, TaskPayloads } from './payloads.ts';

export type TaskHandlers = { [N in TaskName]: (ctx: Ctx, payload: TaskPayloads[N]) => Promise<void> };
/** Work that is due by the clock rather than caused by a request: time limits, retention. */
export type Sweep = {
  name: string;
  run: (ctx: Ctx) => Promise<void>;
  /** Every second or so, apart from the others: people wait for it. It must never wait for anybody itself. */
  isQuick?: true;
};

export type OutboxWorker = {
  /** Runs every sweep now; for a development clock that was moved, and for tests. */
  sweep(): Promise<void>;
  /** Lets running tasks finish, then gives up this process's life sign. */
  stop(): Promise<void>;
};

export type WorkerOptions = { beatEveryMs?: number };

const beatEveryMs = 5_000;
const quickBeatEveryMs = 1_500;
const concurrency = 8;

/** Runs the outbox in this process: the tasks as they come, the sweeps every few seconds. */
export async function startWorker(
  ctx: Ctx,
  handlers: TaskHandlers,
  sweeps: readonly Sweep[],
  options: WorkerOptions = {},
): Promise<OutboxWorker> {
  const lifeSign = await giveLifeSign(ctx);
  const runner = await startRunner(ctx, handlers, lifeSign).catch(async (error) => {
    await lifeSign.release();
    throw error;
  });
  const everyMs = options.beatEveryMs ?? beatEveryMs;
  const living: Sweep[] = [
    { name: 'renew life sign', run: lifeSign.renew },
    { name: 'free tasks of dead workers', run: (one) => freeTasksOfTheDead(one) },
  ];
  // Apart from the sweeps: one of those that waits for Stripe must not keep the dead's tasks locked.
  const heart = repeat(() => runAll(ctx, living), everyMs);
  const quick = sweeps.filter((sweep) => sweep.isQuick);
  const quickBeat = repeat(() => runAll(ctx, quick), options.beatEveryMs ?? quickBeatEveryMs);
  const slow = sweeps.filter((sweep) => !sweep.isQuick);
  const beat = repeat(() => runAll(ctx, slow), everyMs);
  // At once: what the process before us left locked should not wait for the first beat.
  void heart.now();
  void beat.now();
  return {
    sweep: async () => {
      await heart.now();
      await quickBeat.now();
      await beat.now();
    },
    stop: async () => {
      // At once: no task is begun any more, and until the last one is done its worker must look alive.
      const stopped = runner
        .stop()
        .catch((error) => ctx.log.error({ err: error }, 'the outbox did not stop in good order'));
      await quickBeat.stop();
      await beat.stop();
      await stopped;
      await heart.stop();
      await lifeSign.release();
    },
  };
}

/** One after the other; what fails is logged and comes again with the next beat. */
async function runAll(ctx: Ctx, sweeps: readonly Sweep[]): Promise<void> {
  for (const sweep of sweeps) {
    try {
      await sweep.run(ctx);
    } catch (error) {
      ctx.log.error({ err: error, sweep: sweep.name }, 'sweep failed');
    }
  }
}

function startRunner(ctx: Ctx, handlers: TaskHandlers, lifeSign: LifeSign): Promise<Runner> {
  const events: WorkerEvents = new EventEmitter();
  // Tasks are locked by the id of the pool, not by those of its workers.
  events.on('pool:create', ({ workerPool }) => {
    lifeSign
      .register(workerPool.id)
      .catch((error) => ctx.log.error({ err: error }, 'worker not registered yet'));
  });
  return run({
    pgPool: patientPool(ctx.pool),
    taskList: Object.fromEntries(
      Object.entries(handlers).map(([name, handle]) => [name, logged(ctx, name, handle as Handler)]),
    ),
    concurrency,
    // New tasks wake the worker at once by LISTEN; polling only finds those whose retry has come due.
    pollInterval: 1000,
    noHandleSignals: true,
    logger: outboxLogger(ctx),
    events,
  });
}

type Handler = (ctx: Ctx, payload: unknown) => Promise<void>;

const logged = (ctx: Ctx, name: string, handle: Handler) => async (payload: unknown) => {
  try {
    await handle(ctx, payload);
  } catch (error) {
    ctx.log.warn({ err: error, task: name }, 'outbox task failed, it will be tried again');
    throw error;
  }
};

const outboxLogger = (ctx: Ctx) =>
  new Logger(() => (level, message) => {
    if (level === 'error' && !message.startsWith('Failed task')) ctx.log.error({ source: 'outbox' }, message);
  });

/** Calls the work every intervalMs, never twice at once; `now` runs it once more and waits for that. */
function repeat(
  work: () => Promise<void>,
  intervalMs: number,
): { now(): Promise<void>; stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let waiting = 0;
  const now = () => {
    waiting += 1;
    running = running.then(work).finally(() => {
      waiting -= 1;
    });
    return running;
  };
  const timer = setInterval(() => {
    if (waiting === 0) void now();
  }, intervalMs);
  return {
    now,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
