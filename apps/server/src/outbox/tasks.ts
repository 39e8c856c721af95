import type { Sweep, TaskHandlers } from './worker.ts';

/** Every outbox task and who handles it. With app.ts the only place where modules are wired. */
export const handlers: TaskHandlers = {} as TaskHandlers;

/** What is due by the clock, in the order in which it is looked at. */
export const sweeps: Sweep[] = [];
