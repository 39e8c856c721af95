import type { Bus } from './bus.ts';
import type { Connection } from './connection.ts';

/** Who is connected to this process. */
export type Hub = {
  /** True if it is this person's first. */
  add(userId: string, connection: Connection): boolean;
  /** True if it was this person's last. */
  remove(userId: string, connection: Connection): boolean;
  isHere(userId: string): boolean;
  close(): void;
};

/** Hands what comes over the bus to the connections that are here. */
export function createHub(bus: Bus): Hub {
  const people = new Map<string, Set<Connection>>();
  const stop = bus.subscribe(({ to, frame, except }) => {
    for (const userId of to) {
      const connections = people.get(userId);
      if (connections === undefined) continue;
      for (const connection of connections) if (connection.id !== except) connection.write(frame);
    }
  });
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
    close: stop,
  };
}
