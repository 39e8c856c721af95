import { ClientFrame, closeCodes, type ServerFrame } from '@holdfast/contract';
import type { RawData, WebSocket } from 'ws';
import { secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { type Actor, authenticate } from '../http/authenticate.ts';
import { newId } from '../ids.ts';
import type { FrameOf, SocketService } from './service.ts';

export type ConnectionLimits = {
  /** How long a socket may stay without having authenticated. */
  authenticationMs: number;
  /** How long the other side may take to answer a close before the line is cut. */
  closeMs: number;
  maximumErrors: number;
  /** A client that sends faster than it is answered waits with at most so many frames, then it is cut. */
  maximumQueued: number;
  /** Bytes that wait for a client that does not read; beyond, it is cut. */
  maximumBufferedBytes: number;
};

export const defaultLimits: ConnectionLimits = {
  authenticationMs: 10 * secondMs,
  closeMs: secondMs,
  maximumErrors: 20,
  maximumQueued: 200,
  maximumBufferedBytes: 1024 * 1024,
};

/** One socket: its first frame authenticates it, later ones are begun in order. Errors never end the process. */
export class Connection {
  readonly id: string = newId('con');
  actor: Actor | undefined;
  readonly #ctx: Ctx;
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #service: SocketService;
  readonly #authenticationTimer: NodeJS.Timeout;
  #isClosing = false;
  #hasAnswered = true;
  #errors = 0;
  #queued = 0;
  #held: string[] | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(ctx: Ctx, socket: WebSocket, limits: ConnectionLimits, service: SocketService) {
    this.#ctx = ctx;
    this.#socket = socket;
    this.#limits = limits;
    this.#service = service;
    this.#authenticationTimer = setTimeout(
      () => this.close(closeCodes.authenticationTimeout, 'authenticate within ten seconds'),
      limits.authenticationMs,
    );
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#hasAnswered = true;
    });
    socket.on('close', () => {
      this.#isClosing = true;
      clearTimeout(this.#authenticationTimer);
      if (this.actor !== undefined) service.left(this);
    });
    // ws closes the socket itself after a protocol error, with the fitting code.
    socket.on('error', (error) => ctx.log.debug({ err: error }, 'socket error'));
  }

  /** From here on nothing is read any more, and a client that does not hang up is cut. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearTimeout(this.#authenticationTimer);
    this.#socket.close(code, reason);
    const timer = setTimeout(() => this.#socket.terminate(), this.#limits.closeMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Asks whether the other end is still there; cuts it if it has not answered the time before. */
  probe(): void {
    if (this.#isClosing) return;
    if (!this.#hasAnswered) {
      this.#socket.terminate();
      return;
    }
    this.#hasAnswered = false;
    this.#socket.ping();
  }

  /** Sends a frame that is written already. */
  write(frame: string): void {
    if (this.#held !== undefined) this.#held.push(frame);
    else this.#send(frame);
  }

  /** Sends what is read now before anything that is told while it is read, and that is therefore newer. */
  async writeFirst(read: () => Promise<readonly string[]>): Promise<void> {
    // Who is not ready yet is told everything by `ready`.
    if (this.#held !== undefined) return;
    this.#held = [];
    try {
      for (const frame of await read()) this.#send(frame);
    } finally {
      this.#release();
    }
  }

  #send(frame: string): void {
    if (this.#isClosing || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(frame);
    // A polite close would wait behind everything that is not read.
    if (this.#socket.bufferedAmount > this.#limits.maximumBufferedBytes) this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    this.#queued += 1;
    if (this.#queued > this.#limits.maximumQueued) {
      this.close(closeCodes.tooManyErrors, 'too many frames at once');
      return;
    }
    this.#work = this.#work.then(() => this.#begin(data, isBinary));
  }

  /** Frames are begun in the order in which they came; what one waits for, a commit say, the next does not wait for. */
  async #begin(data: RawData, isBinary: boolean): Promise<void> {
    // What still waited when the connection began to close is not acted upon.
    if (this.#isClosing) return;
    const read = isBinary ? undefined : parse(data);
    if (read?.frame === undefined) {
      const reason = read?.reason ?? 'Frames are JSON text.';
      this.#refuse(read?.id ?? null, new AppError('validation_failed', reason));
      this.#queued -= 1;
      return;
    }
    const { frame } = read;
    // Read beforehand: answering would read it as well, and whichever of the two came first would decide the order.
    if (this.actor !== undefined && frame.type !== 'authenticate' && frame.type !== 'ping')
      await this.#service.prepare(frame)?.catch(() => undefined);
    if (this.#isClosing) return;
    const answered = this.#respond(frame).finally(() => {
      this.#queued -= 1;
    });
    // Whoever it is has to be known before anything else is looked at.
    if (frame.type === 'authenticate') await answered;
  }

  async #respond(frame: ClientFrame): Promise<void> {
    try {
      this.#send(JSON.stringify(await this.#answer(frame)));
      if (frame.type === 'authenticate') this.#release();
    } catch (error) {
      this.#refuse(frame.id, error);
      const isReady = this.actor !== undefined && this.#held === undefined;
      if (frame.type !== 'authenticate' || isReady) return;
      // Only who was looked at and refused has a wrong token; anything else is worth another try.
      const isRefused = error instanceof AppError && error.status < 500;
      if (isRefused) this.close(closeCodes.authenticationFailed, 'authentication failed');
      else this.close(closeCodes.goingAway, 'try again');
    }
  }

  async #answer(frame: ClientFrame): Promise<ServerFrame> {
    if (frame.type === 'authenticate') return this.#authenticate(frame);
    if (this.actor === undefined) throw new AppError('unauthenticated', 'Authenticate first.');
    if (frame.type === 'ping')
      return { type: 'pong', id: frame.id, serverTime: this.#ctx.clock.now().toISOString() };
    return this.#service.answer(this.actor, frame, this.id);
  }

  async #authenticate(frame: FrameOf<'authenticate'>): Promise<ServerFrame> {
    if (this.actor !== undefined) throw new AppError('conflict', 'This connection is authenticated already.');
    const actor = await authenticate(this.#ctx, frame.accessToken);
    clearTimeout(this.#authenticationTimer);
    // Listening begins before the rooms are read, so that no message falls between; what is heard waits for `ready`.
    this.#held = [];
    this.actor = actor;
    if (!this.#isClosing) this.#service.joined(this);
    return this.#service.ready(actor, frame.id);
  }

  /** What was heard while `ready`, or something else that comes first, was being made. */
  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frame of held) this.#send(frame);
  }

  #refuse(id: string | null, error: unknown): void {
    const known = error instanceof AppError ? error : new AppError('internal', 'Something went wrong.');
    if (known !== error) this.#ctx.log.error({ err: error }, 'socket frame failed');
    this.#send(
      JSON.stringify({ type: 'error', id, code: known.code, detail: known.message } satisfies ServerFrame),
    );
    this.#errors += 1;
    if (this.#errors >= this.#limits.maximumErrors)
      this.close(closeCodes.tooManyErrors, 'too many bad frames');
  }
}

/** The frame, or why there is none; the id of a bad frame is still answered if it can be seen. */
function parse(data: RawData): { frame?: ClientFrame; id: string | null; reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    return { id: null, reason: 'Frames are JSON text.' };
  }
  const parsed = ClientFrame.safeParse(value);
  if (parsed.success) return { frame: parsed.data, id: parsed.data.id, reason: '' };
  const id = (value as { id?: unknown } | null)?.id;
  const issue = parsed.error.issues[0];
  return {
    id: typeof id === 'string' && id.length <= 64 ? id : null,
    reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a frame'}`.slice(0, 300),
  };
}
