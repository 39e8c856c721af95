import { closeCodes, type ServerFrame, type ServerFrameOf, socketSubprotocol } from '@holdfast/contract';
import { ApiError } from '../http.ts';
import { ChatError, type ChatErrorCode, ConnectionLost, chatErrorOf, isPassing } from './errors.ts';
import type { ChatState } from './events.ts';
import { type ChatOptions, type SocketClass, type SocketLike, systemTimers, type Timers } from './options.ts';
import { createRequests, type Question } from './requests.ts';

export type ConnectionEvents = {
  state(state: ChatState): void;
  ready(frame: ServerFrameOf<'ready'>): void;
  /** What is no answer to anything. */
  frame(frame: ServerFrame): void;
  error(error: ChatError): void;
  /** The session is over: nothing is tried any more. */
  over(error: ChatError): void;
};

// Half of all clients are back within half a second, and a server that restarts is not overrun by all at once.
const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** From the token to `ready`. */
const patienceMs = 15_000;
/** A connection that held so long was a good one: the next loss starts from the shortest delay. */
const provenMs = 10_000;
// Browsers show no pings of the server's: whether the line is dead has to be asked.
const beatMs = 20_000;

/** One socket after the other, for as long as the session lasts. */
export class Connection {
  state: ChatState = 'offline';
  readonly #options: ChatOptions;
  readonly #events: ConnectionEvents;
  readonly #WebSocket: SocketClass;
  readonly #timers: Timers;
  readonly #requests = createRequests((text) => this.#socket?.send(text));
  readonly #running = new Set<unknown>();
  #socket: SocketLike | undefined;
  #attempts = 0;
  /** Goes up with each attempt, so that what belongs to an earlier one is known. */
  #turn = 0;
  #isRefused = false;
  #refusal: ChatErrorCode = 'unauthenticated';
  #hasHeard = true;

  constructor(options: ChatOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#WebSocket = options.WebSocket ?? (globalThis.WebSocket as SocketClass);
    this.#timers = options.timers ?? systemTimers;
  }

  start(): void {
    void this.#connect();
  }

  /** Rejects with ConnectionLost at once if there is no connection, and when it goes before the answer. */
  ask(question: Question): Promise<ServerFrame> {
    return this.state === 'ready' ? this.#requests.ask(question) : Promise.reject(new ConnectionLost());
  }

  close(): void {
    if (this.state === 'closed') return;
    this.#drop();
    this.#become('closed');
  }

  async #connect(): Promise<void> {
    this.#become('connecting');
    this.#turn += 1;
    const turn = this.#turn;
    this.#after(patienceMs, () => this.#lost(0));
    try {
      const accessToken = await this.#options.accessToken();
      if (turn === this.#turn && this.state === 'connecting') this.#open(accessToken);
    } catch (error) {
      if (turn !== this.#turn || this.state !== 'connecting') return;
      const status = error instanceof ApiError ? error.problem.status : 0;
      if (status === 401 || status === 403) this.#giveUp(error);
      else {
        this.#events.error(chatErrorOf(error));
        this.#lost(0);
      }
    }
  }

  #open(accessToken: string): void {
    const socket = new this.#WebSocket(this.#options.url, [socketSubprotocol]);
    this.#socket = socket;
    this.#refusal = 'unauthenticated';
    // What an abandoned socket still says is not listened to.
    const ifCurrent = (run: () => void) => {
      if (this.#socket === socket) run();
    };
    socket.onopen = () => ifCurrent(() => this.#authenticate(accessToken));
    socket.onmessage = ({ data }: { data: unknown }) => ifCurrent(() => this.#receive(String(data)));
    socket.onclose = ({ code }: { code: number }) => ifCurrent(() => this.#lost(code));
    // A close always follows, and says more.
    socket.onerror = () => undefined;
  }

  #authenticate(accessToken: string): void {
    // Its answer is seen in #receive, before whatever follows it.
    this.#requests.ask({ type: 'authenticate', accessToken }).catch(() => undefined);
  }

  #receive(text: string): void {
    this.#hasHeard = true;
    const frame = parse(text);
    if (frame === undefined) return;
    const isAnswer = this.#requests.answer(frame);
    if (frame.type === 'ready') this.#becomeReady(frame);
    else if (frame.type === 'error' && this.state === 'connecting') this.#refusal = frame.code;
    else if (!isAnswer) this.#events.frame(frame);
  }

  #becomeReady(frame: ServerFrameOf<'ready'>): void {
    this.#stopTimers();
    this.#after(provenMs, () => {
      this.#attempts = 0;
      this.#isRefused = false;
    });
    this.#after(beatMs, () => this.#beat());
    this.state = 'ready';
    // Whoever hears that it is ready finds the rooms as they are now.
    this.#events.ready(frame);
    this.#events.state('ready');
  }

  #beat(): void {
    if (!this.#hasHeard || this.#requests.grow()) {
      this.#lost(0);
      return;
    }
    this.#hasHeard = false;
    this.#requests.ask({ type: 'ping' }).then(
      (pong) => this.#events.frame(pong),
      () => undefined,
    );
    this.#after(beatMs, () => this.#beat());
  }

  #lost(code: number): void {
    // The server closes as refused also when it could not look the token up.
    const wasRefused =
      code === closeCodes.sessionEnded ||
      (code === closeCodes.authenticationFailed && !isPassing(this.#refusal));
    this.#drop();
    if (wasRefused && this.#isRefused) this.#giveUp(undefined);
    else if (wasRefused) {
      this.#isRefused = true;
      void this.#connect();
    } else this.#comeBack();
  }

  #comeBack(): void {
    this.#become('offline');
    const longestMs = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#attempts);
    this.#attempts += 1;
    const random = this.#options.random ?? Math.random;
    this.#after(random() * longestMs, () => void this.#connect());
  }

  #giveUp(cause: unknown): void {
    this.#drop();
    this.#events.over(new ChatError('session_over', 'The session has ended. Sign in again.', { cause }));
    this.#become('closed');
  }

  /** Lets go of the socket, whether it is still alive or not. */
  #drop(): void {
    this.#stopTimers();
    this.#turn += 1;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#hasHeard = true;
    socket?.close(1000);
    this.#requests.drop();
  }

  #become(state: ChatState): void {
    if (this.state === state || this.state === 'closed') return;
    this.state = state;
    this.#events.state(state);
  }

  #after(delayMs: number, run: () => void): void {
    const timer = this.#timers.setTimeout(() => {
      this.#running.delete(timer);
      run();
    }, delayMs);
    this.#running.add(timer);
  }

  #stopTimers(): void {
    for (const timer of this.#running) this.#timers.clearTimeout(timer);
    this.#running.clear();
  }
}

/** Types that are not known yet are let through, and ignored by those who do not know them. */
function parse(text: string): ServerFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'type' in value
      ? (value as ServerFrame)
      : undefined;
  } catch {
    return undefined;
  }
}
