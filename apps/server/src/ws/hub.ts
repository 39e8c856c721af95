import type { Bus, Dispatch } from './bus.ts';
import type { Connection } from './connection.ts';

/** Who is connected to this process. */
export type Hub = {
  /** True if it is this person's first. */
  add(userId: string, connection: Connection): boolean;
  /** True if it was this person's last. */
  remove(userId: string, connection: Connection): boolean;
  isHere(userId: string): boolean;
  people(): string[];
  /** To the connections of this process alone. */
  tell(dispatch: Dispatch): void;
  /** To the connections that somebody has here; what they are told meanwhile comes after it. */
  tellFirst(userId: string, read: () => Promise<readonly string[]>): Promise<void>;
  /** Up to which place everything of a room has been told here since somebody of it came. */
  told(roomId: string): number;
  noteTold(roomId: string, seq: number): void;
  close(): void;
};

const mostRemembered = 100_000;

/** Hands what comes over the bus to the connections that are here. */
export function createHub(bus: Bus): Hub {
  const people = new Map<string, Set<Connection>>();
  const places = new Map<string, number>();
  const told = (roomId: string) => places.get(roomId) ?? 0;
  const noteTold = (roomId: string, seq: number) => {
    if (seq <= told(roomId)) return;
    if (places.size >= mostRemembered) places.delete(places.keys().next().value!);
    places.set(roomId, seq);
  };
  const tell = ({ to, frame, except, place }: Dispatch) => {
    for (const userId of to) {
      const connections = people.get(userId);
      if (connections === undefined) continue;
      for (const connection of connections) if (connection.id !== except) connection.write(frame);
    }
    // Behind a gap nothing counts as told: the gap is what catching up has to find.
    if (place !== undefined && (!places.has(place.roomId) || place.seq === told(place.roomId) + 1))
      noteTold(place.roomId, place.seq);
  };
  const stop = bus.subscribe(tell);
  return {
    add: (userId, connection) => {
      const known = people.get(userId);
      if (known !== undefined) {
        known.add(connection);
        return false;
      }
      people.set(userId, new Set([connection]));
      return true;
    },
    remove: (userId, connection) => {
      const connections = people.get(userId);
      if (connections?.delete(connection) !== true || connections.size > 0) return false;
      people.delete(userId);
      return true;
    },
    isHere: (userId) => people.has(userId),
    people: () => [...people.keys()],
    tell,
    tellFirst: async (userId, read) => {
      let frames: Promise<readonly string[]> | undefined;
      const readOnce = () => {
        frames ??= read();
        return frames;
      };
      const connections = [...(people.get(userId) ?? [])];
      await Promise.all(connections.map((connection) => connection.writeFirst(readOnce)));
    },
    told,
    noteTold,
    close: stop,
  };
}
