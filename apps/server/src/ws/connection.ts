import { ClientFrame, closeCodes, type ServerFrame, socketSubprotocol } from '@holdfast/contract';
import type { RawData, WebSocket } from 'ws';
import { secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { type Actor, authenticate } from '../http/authenticate.ts';

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
  maximumQueued: 100,
  maximumBufferedBytes: 1024 * 1024,
};

/** One socket: its first frame authenticates it, later ones are answered in order. Errors never end the process. */
export class Connection {
  actor: Actor | undefined;
  readonly #ctx: Ctx;
  readonly #socket: WebSocket;
  readonly #limits: ConnectionLimits;
  readonly #authenticationTimer: NodeJS.Timeout;
  #isClosing = false;
  #hasAnswered = true;
  #errors = 0;
  #queued = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(ctx: Ctx, socket: WebSocket, limits: ConnectionLimits) {
    this.#ctx = ctx;
    this.#socket = socket;
    this.#limits = limits;
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

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    this.#queued += 1;
    if (this.#queued > this.#limits.maximumQueued) {
      this.close(closeCodes.tooManyErrors, 'too many frames at once');
      return;
    }
    this.#work = this.#work
      .then(() => this.#handle(data, isBinary))
      .finally(() => {
        this.#queued -= 1;
      });
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    // What still waited when the connection began to close is not acted upon.
    if (this.#isClosing) return;
    const read = isBinary ? undefined : parse(data);
    if (read?.frame === undefined)
      return this.#refuse(
        read?.id ?? null,
        new AppError('validation_failed', read?.reason ?? 'Frames are JSON text.'),
      );
    try {
      this.#send(await this.#answer(read.frame));
    } catch (error) {
      this.#refuse(read.frame.id, error);
      if (read.frame.type === 'authenticate' && this.actor === undefined)
        this.close(closeCodes.authenticationFailed, 'authentication failed');
    }
  }

  async #answer(frame: ClientFrame): Promise<ServerFrame> {
    const serverTime = () => this.#ctx.clock.now().toISOString();
    if (frame.type === 'authenticate') {
      if (this.actor !== undefined)
        throw new AppError('conflict', 'This connection is authenticated already.');
      const actor = await authenticate(this.#ctx, frame.accessToken);
      this.actor = actor;
      clearTimeout(this.#authenticationTimer);
      const user = { id: actor.userId, role: actor.role };
      return { type: 'ready', id: frame.id, user, serverTime: serverTime(), protocol: socketSubprotocol };
    }
    if (this.actor === undefined) throw new AppError('unauthenticated', 'Authenticate first.');
    return { type: 'pong', id: frame.id, serverTime: serverTime() };
  }

  #send(frame: ServerFrame): void {
    if (this.#isClosing || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify(frame));
    // A polite close would wait behind everything that is not read.
    if (this.#socket.bufferedAmount > this.#limits.maximumBufferedBytes) this.#socket.terminate();
  }

  #refuse(id: string | null, error: unknown): void {
    const known = error instanceof AppError ? error : new AppError('internal', 'Something went wrong.');
    if (known !== error) this.#ctx.log.error({ err: error }, 'socket frame failed');
    this.#send({ type: 'error', id, code: known.code, detail: known.message });
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
