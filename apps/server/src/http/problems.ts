import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorCode, errorTable, type Problem } from '@holdfast/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';
import { validationError } from './validation.ts';

const contentType = 'application/problem+json; charset=utf-8';

/** Answers any error as application/problem+json. What was not meant for the caller goes to the log only. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toAppError(error);
  if (known.status >= 500) request.log.error({ err: error }, 'request failed');
  else if (known.details.cause !== undefined)
    request.log.info({ err: known.details.cause, problem: known.code }, 'request refused');
  if (known.details.retryAfterSeconds !== undefined)
    reply.header('retry-after', known.details.retryAfterSeconds);
  if (known.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(known.status)
    .type(contentType)
    .serializer(JSON.stringify)
    .send(toProblem(known, request.id));
}

/** Answers bytes that are not HTTP, or headers without end, as far as the socket still takes an answer. */
export function refuseBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const isTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const isTimeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const detail = isTooLarge
    ? 'The headers are too large.'
    : isTimeout
      ? 'The request came too slowly.'
      : 'This is not HTTP.';
  const status = isTooLarge ? 431 : isTimeout ? 408 : 400;
  const problem = { ...toProblem(new AppError('malformed_request', detail), newId('req')), status };
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

export function toProblem(error: AppError, requestId: string): Problem {
  const { fields, declineCode, availableAt, retryAfterSeconds } = error.details;
  return {
    type: `urn:holdfast:problem:${error.code}`,
    title: errorTable[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(fields === undefined ? {} : { errors: fields }),
    ...(declineCode === undefined ? {} : { declineCode }),
    ...(availableAt === undefined ? {} : { availableAt: availableAt?.toISOString() ?? null }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** Any error as one of ours; what was not meant for the caller becomes internal. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationError(error as FastifyError);
  const code = codeOfFastifyError(error);
  if (code !== undefined) return new AppError(code, clientMessage(error), { cause: error });
  return new AppError('internal', 'Something went wrong. The request id names this failure in our log.', {
    cause: error,
  });
}

/** Fastify's own refusals (bad JSON, too large, wrong type …) in our codes. */
function codeOfFastifyError(error: unknown): ErrorCode | undefined {
  const { statusCode: status, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  // A vendor's SDK throws errors with a statusCode too, and what it says is not for the caller.
  if (typeof status !== 'number' || typeof code !== 'string' || !code.startsWith('FST_')) return undefined;
  if (status === 413) return 'payload_too_large';
  if (status === 415) return 'unsupported_media_type';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 503) return 'unavailable';
  return status >= 400 && status < 500 ? 'malformed_request' : undefined;
}

const clientMessage = (error: unknown) =>
  error instanceof Error ? error.message : 'The request cannot be handled.';
