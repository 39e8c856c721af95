import { type ErrorCode, errorTable, type Problem } from '@holdfast/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, type FieldError } from '../errors.ts';

/** Answers any error as application/problem+json. What was not meant for the caller goes to the log only. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toAppError(error);
  if (known.status >= 500) request.log.error({ err: error }, 'request failed');
  else if (known.details.cause !== undefined)
    request.log.info({ err: known.details.cause, code: known.code }, 'request refused');
  if (known.details.retryAfterSeconds !== undefined)
    reply.header('retry-after', known.details.retryAfterSeconds);
  if (known.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(known.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(toProblem(known, request.id));
}

export function toProblem(error: AppError, requestId: string): Problem {
  const { fields, declineCode, retryAfterSeconds } = error.details;
  return {
    type: `urn:holdfast:problem:${error.code}`,
    title: errorTable[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(fields === undefined ? {} : { errors: fields }),
    ...(declineCode === undefined ? {} : { declineCode }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationError(error as FastifyError);
  const code = codeOfFastifyError(error);
  if (code !== undefined) return new AppError(code, clientMessage(error), { cause: error });
  return new AppError('internal', 'Something went wrong. The request id names this failure in our log.', {
    cause: error,
  });
}

function validationError(error: FastifyError): AppError {
  const part = { body: 'body', querystring: 'query', params: 'params', headers: 'headers' }[
    error.validationContext ?? 'body'
  ];
  const fields: FieldError[] = (error.validation ?? []).flatMap((issue) => {
    const path = issue.instancePath.split('/').filter((step) => step !== '');
    const unknown = (issue.params as { issue?: { keys?: string[] } } | undefined)?.issue?.keys ?? [];
    if (unknown.length > 0)
      return unknown.slice(0, 20).map((key) => ({
        path: [part, ...path, key].join('.').slice(0, 300),
        message: 'is not a known field',
      }));
    return [{ path: [part, ...path].join('.'), message: issue.message ?? 'is not valid' }];
  });
  const first = fields[0];
  return new AppError(
    'validation_failed',
    first === undefined ? 'The request is not valid.' : `${first.path}: ${first.message}`,
    {
      fields: fields.slice(0, 50),
    },
  );
}

/** Fastify's own refusals (bad JSON, too large, wrong type …) in our codes. */
function codeOfFastifyError(error: unknown): ErrorCode | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (status === 413) return 'payload_too_large';
  if (status === 415) return 'unsupported_media_type';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 503) return 'unavailable';
  return typeof status === 'number' && status >= 400 && status < 500 ? 'malformed_request' : undefined;
}

const clientMessage = (error: unknown) =>
  error instanceof Error ? error.message : 'The request cannot be handled.';
