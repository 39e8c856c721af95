import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';

export type PressureLimit = { maxEventLoopDelay: number; sampleInterval: number };

// A second on average, for five seconds: a start or one long piece of work is no such thing. By then every answer is late,
// and taking more work makes all of them later.
const defaultLimit: PressureLimit = { maxEventLoopDelay: 1_000, sampleInterval: 5_000 };
const retryAfterSeconds = 5;

/**
 * Refuses requests with 503 while the event loop is hopelessly late, instead of letting all of them time out. Routes
 * that say so (health, metrics) stay reachable. Memory is no measure: it belongs to the garbage collector.
 */
export async function shedLoad(app: FastifyInstance, limit: PressureLimit = defaultLimit): Promise<void> {
  await app.register(underPressure, {
    ...limit,
    pressureHandler: () => {
      throw new AppError('unavailable', 'This server has too much to do. Try again.', { retryAfterSeconds });
    },
  });
}
