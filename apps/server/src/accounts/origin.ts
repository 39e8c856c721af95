import type { FastifyRequest } from 'fastify';

/** Where a request came from, as far as a list of one's own sessions shows it. */
export type Origin = { address: string; userAgent: string | null };

export const originOf = (request: FastifyRequest): Origin => ({
  address: request.ip,
  userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
});
