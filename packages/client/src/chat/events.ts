import type { Message, Room, ServerFrameOf } from '@holdfast/contract';
import type { ChatError } from './errors.ts';

/** offline: waiting before the next attempt. closed: for good, by close() or because the session is over. */
export type ChatState = 'connecting' | 'ready' | 'offline' | 'closed';

type PayloadOf<T extends 'receipt' | 'typing' | 'presence' | 'notification' | 'unread'> = Omit<
  ServerFrameOf<T>,
  'type'
>;

export type ChatEvents = {
  /**
   * Every message of a room, own ones too, in the order of seq, once; and once more each time it is edited, deleted, held
   * back or released (version).
   */
  message: Message;
  receipt: PayloadOf<'receipt'>;
  typing: PayloadOf<'typing'>;
  presence: PayloadOf<'presence'>;
  /** A room that is new, or was changed other than by its messages. */
  room: Room;
  /** Something new in the list of notifications, or a known one with more in it (the same id), and the badge's number. */
  notification: PayloadOf<'notification'>;
  /** How many are unread, after some were read or removed, on any device. */
  unread: PayloadOf<'unread'>;
  state: ChatState;
  /** What nobody waits for. With the code session_over nothing follows any more but the state closed. */
  error: ChatError;
};

export type Listener<T extends keyof ChatEvents> = (payload: ChatEvents[T]) => void;

export type Events = {
  /** Returns how to stop listening. */
  on<T extends keyof ChatEvents>(event: T, listener: Listener<T>): () => void;
  emit<T extends keyof ChatEvents>(event: T, payload: ChatEvents[T]): void;
};

export function createEvents(): Events {
  const listeners = new Map<keyof ChatEvents, Set<(payload: never) => void>>();
  return {
    on: (event, listener) => {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener));
      return () => known.delete(listener);
    },
    emit: (event, payload) => {
      for (const listener of [...(listeners.get(event) ?? [])]) {
        try {
          listener(payload as never);
        } catch (error) {
          // A mistake of a listener is the application's, and must not stop the others nor the chat.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
