import { type ErrorCode, errorTable } from '@holdfast/contract';

export type FieldError = { path: string; message: string };

type Details = {
  fields?: FieldError[];
  declineCode?: string | null;
  /** When the money will be there; null if it is not owed. */
  availableAt?: Date | null;
  retryAfterSeconds?: number;
  /** Internal reason: goes to the log, never to the caller. */
  cause?: unknown;
};

/** The one error of the application: a code of the contract's table and a message meant for the caller. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, publicMessage: string, details: Details = {}) {
    super(publicMessage, { cause: details.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorTable[this.code].status;
  }
}

/** Answer for what does not exist and for what belongs to somebody else: the two must look the same. */
export const notFound = (what: string): AppError => new AppError('not_found', `There is no such ${what}.`);

/** One field of the request is wrong; `path` names it from its part, as in 'body.amount'. */
export const invalidField = (path: string, message: string, cause?: unknown): AppError =>
  new AppError('validation_failed', `${path}: ${message}`, { fields: [{ path, message }], cause });

export const conflict = (message: string): AppError => new AppError('conflict', message);
