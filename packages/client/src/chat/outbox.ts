import type { ServerFrame, ServerFrameOf } from '@holdfast/contract';
import { ChatError, ConnectionLost, isPassing } from './errors.ts';
import type { Timers } from './options.ts';
import type { Ask } from './requests.ts';

export type Draft = { roomId: string; clientMessageId: string; message?: string; files?: string[] };
/** Where a message stands: committed, with its place in the room. */
export type SentMessage = Omit<ServerFrameOf<'accepted'>, 'type' | 'id'>;

type Entry = {
  draft: Draft;
  isAsked: boolean;
  resolve: (sent: SentMessage) => void;
  reject: (error: Error) => void;
};

export type Outbox = {
  /** Resolves once the message is committed, however many connections that takes. Rejects if the server refuses it. */
  add(draft: Draft): Promise<SentMessage>;
  /** Sends what is not under way, oldest first. To be called when there is a connection. */
  flush(): void;
  /** Nothing will be sent any more. */
  end(error: Error): void;
};

const pauseMs = 1_000;

/**
 * Messages until they are committed. One whose answer was lost with its connection is sent again under the same
 * clientMessageId, which the server knows if it had it.
 */
export function createOutbox(
  ask: Ask,
  isReady: () => boolean,
  timers: Timers,
  onAccepted: (sent: SentMessage, draft: Draft) => void,
): Outbox {
  const entries = new Set<Entry>();
  let pause: unknown;
  const settle = (entry: Entry, answer: ServerFrame) => {
    entries.delete(entry);
    if (answer.type === 'rejected') {
      entry.reject(new ChatError(answer.code, answer.detail));
      return;
    }
    const { type: _type, id: _id, ...sent } = answer as ServerFrameOf<'accepted'>;
    onAccepted(sent, entry.draft);
    entry.resolve(sent);
  };
  const fail = (entry: Entry, error: Error) => {
    entry.isAsked = false;
    if (error instanceof ConnectionLost) return;
    if (error instanceof ChatError && !isPassing(error.code)) {
      entries.delete(entry);
      entry.reject(error);
      return;
    }
    // What was written later waits as well, so that it does not overtake.
    pause ??= timers.setTimeout(() => {
      pause = undefined;
      flush();
    }, pauseMs);
  };
  const flush = () => {
    if (pause !== undefined || !isReady()) return;
    for (const entry of entries) {
      if (entry.isAsked) continue;
      entry.isAsked = true;
      ask({ type: 'send', ...entry.draft }).then(
        (answer) => settle(entry, answer),
        (error) => fail(entry, error),
      );
    }
  };
  return {
    add: (draft) =>
      new Promise((resolve, reject) => {
        entries.add({ draft, isAsked: false, resolve, reject });
        flush();
      }),
    flush,
    end: (error) => {
      timers.clearTimeout(pause);
      for (const { reject } of entries) reject(error);
      entries.clear();
    },
  };
}
