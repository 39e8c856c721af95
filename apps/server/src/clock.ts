/** The one source of time. Rules never read the computer's clock themselves, so that tests and demos can move it. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };

export const addMs = (date: Date, durationMs: number): Date => new Date(date.getTime() + durationMs);

export const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
