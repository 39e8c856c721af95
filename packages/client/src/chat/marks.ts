import { ChatError, ConnectionLost, isPassing } from './errors.ts';
import type { Ask } from './requests.ts';

type Mark = { type: 'delivered' | 'read'; roomId: string; wanted: number; told: number; isAsked: boolean };

/** How far one has received and read: told in few frames, and again after a lost connection. */
export function createMarks(ask: Ask, onError: (error: unknown) => void) {
  const marks = new Map<string, Mark>();
  const tell = async (mark: Mark) => {
    if (mark.isAsked) return;
    mark.isAsked = true;
    try {
      while (mark.wanted > mark.told) {
        const seq = mark.wanted;
        await ask({ type: mark.type, roomId: mark.roomId, seq });
        mark.told = seq;
      }
    } catch (error) {
      if (error instanceof ConnectionLost) return;
      // What the server could not do now is told with the next connection or mark.
      if (!(error instanceof ChatError) || !isPassing(error.code)) mark.wanted = mark.told;
      onError(error);
    } finally {
      mark.isAsked = false;
    }
  };
  return {
    /** Only forward. */
    move: (type: Mark['type'], roomId: string, seq: number): void => {
      const key = `${type} ${roomId}`;
      const mark = marks.get(key) ?? { type, roomId, wanted: 0, told: 0, isAsked: false };
      marks.set(key, mark);
      mark.wanted = Math.max(mark.wanted, seq);
      void tell(mark);
    },
    /** To be called when there is a connection. */
    flush: (): void => {
      for (const mark of marks.values()) void tell(mark);
    },
  };
}
