/** The part of a WebSocket that is used: the browser's, Node's own (22 and newer) and that of the package ws have it. */
export type SocketLike = {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
};

export type SocketClass = new (url: string, protocols: string[]) => SocketLike;

export type Timers = {
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
};

export type ChatOptions = {
  /** ws:// or wss://, the socket's own port or /ws of the API. */
  url: string;
  /**
   * Asked for each connection, so that a token that was refreshed meanwhile is used. What it rejects with is told as an
   * error event, and it is asked again later; unless that is an ApiError of status 401 or 403, which ends the chat.
   */
  accessToken: () => Promise<string>;
  /** How far each room is known from earlier, by its id: what came after that is brought. Left out: what is new only. */
  seen?: Readonly<Record<string, number>>;
  /** The global one if left out. */
  WebSocket?: SocketClass;
  timers?: Timers;
  /** A number from 0 to below 1, as Math.random gives. */
  random?: () => number;
};

export const systemTimers: Timers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as number),
};
