import type { ClientFrame, ServerFrame } from '@holdfast/contract';
import type { Actor } from '../http/authenticate.ts';
import type { Connection } from './connection.ts';

export type FrameOf<T extends ClientFrame['type']> = Extract<ClientFrame, { type: T }>;
/** What the transport does not answer itself. */
export type ServiceFrame = Exclude<ClientFrame, { type: 'authenticate' | 'ping' }>;

/** What happens behind the sockets: given by the wiring, since the transport knows no module. */
export type SocketService = {
  /** The answer to a frame that authenticated somebody. Before it is sent, nothing else is. */
  ready(actor: Actor, frameId: string): Promise<ServerFrame>;
  joined(connection: Connection): void;
  left(connection: Connection): void;
  /**
   * Reads what `answer` needs to begin at once, so that frames of one connection are begun in their order; undefined if it
   * is there.
   */
  prepare(frame: ServiceFrame): Promise<void> | undefined;
  /** Throws AppError for what is answered by an error frame. */
  answer(actor: Actor, frame: ServiceFrame, connectionId: string): Promise<ServerFrame>;
};
