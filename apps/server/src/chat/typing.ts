import type { ServerFrame } from '@holdfast/contract';
import { secondMs } from '../clock.ts';
import type { Bus } from '../ws/bus.ts';

// A client repeats itself every few seconds while somebody types; who vanished in the middle is silent after this.
const lifeMs = 5 * secondMs;

type Typist = { roomId: string; userId: string; to: string };

/** Who is typing where: told on, never stored, and over by itself. */
export function createTyping(bus: Bus) {
  const asked = new Map<string, object>();
  const running = new Map<string, { timer: NodeJS.Timeout; typist: Typist }>();
  const tell = ({ roomId, userId, to }: Typist, isTyping: boolean) => {
    const frame = { type: 'typing', roomId, userId, isTyping } satisfies ServerFrame;
    bus.publish({ to: [to], frame: JSON.stringify(frame) });
  };
  const keyOf = (roomId: string, userId: string) => `${roomId} ${userId}`;
  const stop = (roomId: string, userId: string) => {
    asked.delete(keyOf(roomId, userId));
    const known = running.get(keyOf(roomId, userId));
    if (known === undefined) return;
    clearTimeout(known.timer);
    running.delete(keyOf(roomId, userId));
    tell(known.typist, false);
  };
  return {
    /** Told on once it is known to be allowed, unless it is over by then. */
    begin: async (typist: Typist, mayTell: Promise<boolean>) => {
      const key = keyOf(typist.roomId, typist.userId);
      const turn = {};
      asked.set(key, turn);
      const isAllowed = await mayTell;
      if (asked.get(key) !== turn) return;
      asked.delete(key);
      if (!isAllowed) return;
      clearTimeout(running.get(key)?.timer);
      running.set(key, { typist, timer: setTimeout(() => stop(typist.roomId, typist.userId), lifeMs) });
      tell(typist, true);
    },
    stop,
    close: () => {
      for (const { timer } of running.values()) clearTimeout(timer);
      running.clear();
    },
  };
}
