import { type ErrorCode, errorTable } from '@holdfast/contract';

/** session_over: sign in again. closed: close() was called. */
export type ChatErrorCode = ErrorCode | 'session_over' | 'closed';

/** What the chat cannot do, or the server refused; the codes are those of the API and two more. */
export class ChatError extends Error {
  readonly code: ChatErrorCode;
  constructor(code: ChatErrorCode, detail: string, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.name = 'ChatError';
    this.code = code;
  }
}

/** The connection went before the answer came: whether the server did it is not known. Never leaves this folder. */
export class ConnectionLost extends Error {}

/** The server's own trouble, which passes: worth trying again as it is. */
export const isPassing = (code: ChatErrorCode): boolean =>
  code in errorTable && errorTable[code as ErrorCode].status >= 500;

export const chatErrorOf = (error: unknown): ChatError =>
  error instanceof ChatError
    ? error
    : new ChatError('unavailable', error instanceof Error ? error.message : String(error), { cause: error });
