import type { Deliverer } from '../webhooks/deliver.ts';
import type { Engine } from './engine.ts';
import { createQueue } from './queue.ts';
import { nextTask, runDueTasks, type TaskHandler } from './tasks.ts';

export interface SandboxClock {
  now(): Date;
  advance(ms: number): Promise<void>;
  set(date: Date): Promise<void>;
}

const tasksPerCommit = 50;
const longestTimerMs = 2 ** 31 - 1;
const retryAfterFailureMs = 500;

/** Real time plus an offset that is kept in the store. Does what falls due, as time passes or is moved. */
export class Clock implements SandboxClock {
  readonly #engine: Engine;
  readonly #deliverer: Deliverer;
  readonly #log: (line: string) => void;
  readonly #handlers: Record<string, TaskHandler>;
  readonly #listeners = new Set<() => void>();
  readonly #moves = createQueue();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #closed = false;

  constructor(
    engine: Engine,
    deliverer: Deliverer,
    handlers: Record<string, TaskHandler>,
    log: (line: string) => void,
  ) {
    this.#engine = engine;
    this.#log = log;
    this.#deliverer = deliverer;
    this.#handlers = handlers;
    engine.onCommit(() => this.wake());
    engine.onLoad(() => this.wake());
  }

  now(): Date {
    return new Date(this.#engine.nowMs());
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError('The clock moves forward only');
    await this.#moves.run(() => this.#moveTo(this.#engine.nowMs() + ms));
    for (const listener of this.#listeners) listener();
  }

  async set(date: Date): Promise<void> {
    await this.advance(date.getTime() - this.#engine.nowMs());
  }

  /** Nothing due is left undone, nothing is under way. */
  idle(): boolean {
    const next = nextTask(this.#engine.peek());
    const quiet = next === undefined || !(next.task.soon || next.task.dueMs <= this.#engine.nowMs());
    const soon = this.#engine
      .peek()
      .all('task')
      .some((task) => task.data.soon);
    return quiet && !soon && !this.#running && this.#moves.idle() && this.#engine.queue.idle();
  }

  /** Sets the one timer to the next thing due. */
  wake(afterMs = 0): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#running) return;
    const dueMs = this.#nextDueMs();
    if (dueMs === undefined) return;
    const waitMs = Math.min(Math.max(dueMs - this.#engine.nowMs(), afterMs), longestTimerMs);
    this.#timer = setTimeout(() => void this.#runDue(), waitMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #nextDueMs(): number | undefined {
    const task = nextTask(this.#engine.peek())?.task.dueMs;
    const delivery = this.#deliverer.nextDueMs();
    return task === undefined || delivery === undefined ? (task ?? delivery) : Math.min(task, delivery);
  }

  async #runDue(): Promise<void> {
    this.#running = true;
    let failed = false;
    try {
      this.#deliverer.kick();
      const next = nextTask(this.#engine.peek());
      if (next !== undefined && next.task.dueMs <= this.#engine.nowMs()) {
        await this.#engine.transact((tx) => runDueTasks(tx, tx.nowMs, this.#handlers, tasksPerCommit));
      }
    } catch (error) {
      // Most likely the store is away. What is due stays due.
      this.#log(`stripe sandbox: what is due could not be done: ${String(error)}`);
      failed = true;
    } finally {
      this.#running = false;
      this.wake(failed ? retryAfterFailureMs : 0);
    }
  }

  async #moveTo(targetMs: number): Promise<void> {
    for (;;) {
      await this.#deliverer.quiet();
      const dueMs = this.#nextDueMs();
      const stepMs = Math.min(dueMs ?? targetMs, targetMs);
      const done = await this.#engine.transact((tx) => {
        if (stepMs > tx.nowMs) this.#engine.moveClock(tx, stepMs);
        return runDueTasks(tx, tx.nowMs, this.#handlers, tasksPerCommit);
      });
      this.#deliverer.kick();
      if (this.#closed || (done === 0 && (dueMs === undefined || dueMs > targetMs))) break;
    }
    await this.#deliverer.quiet();
  }
}
