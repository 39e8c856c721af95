import { ClientFrame, closeCodes, type ServerFrame, socketSubprotocol } from '@holdfast/contract';
import type { RawData, WebSocket } from 'ws';
import { secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { type Actor, authenticate } from '../http/authenticate.ts';

const authenticationLimitMs = 10 * secondMs;
const maximumErrors = 20;
// A client that sends faster than it is answered waits here at most so many frames, then it is cut.
const maximumQueued = 100;

/** One socket: its first frame authenticates it, later ones are answered in order. Errors never end the process. */
export class Connection {
  actor: Actor | undefined;
  readonly #ctx: Ctx;
  readonly #socket: WebSocket;
  readonly #authenticationTimer: NodeJS.Timeout;
  #errors = 0;
  #queued = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(ctx: Ctx, socket: WebSocket) {
    this.#ctx = ctx;
    this.#socket = socket;
    this.#authenticationTimer = setTimeout(
      () => this.close(closeCodes.authenticationTimeout, 'authenticate within ten seconds'),
      authenticationLimitMs,
    );
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => clearTimeout(this.#authenticationTimer));
    // ws closes the socket itself after a protocol error, with the fitting code.
    socket.on('error', (error) => ctx.log.debug({ err: error }, 'socket error'));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#queued += 1;
    if (this.#queued > maximumQueued) {
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
      if (read.frame.type === 'authenticate')
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
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #refuse(id: string | null, error: unknown): void {
    const known = error instanceof AppError ? error : new AppError('internal', 'Something went wrong.');
    if (known !== error) this.#ctx.log.error({ err: error }, 'socket frame failed');
    this.#send({ type: 'error', id, code: known.code, detail: known.message });
    this.#errors += 1;
    if (this.#errors >= maximumErrors) this.close(closeCodes.tooManyErrors, 'too many bad frames');
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
