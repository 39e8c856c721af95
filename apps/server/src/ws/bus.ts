/** A frame on its way to all connections of these people, in whichever process they are. */
export type Dispatch = {
  to: readonly string[];
  /** The frame as it goes over the wire: written once, however many get it. */
  frame: string;
  /** Not to this connection: it has its own answer. */
  except?: string | undefined;
  /** Of a message: where it stands, so that what was lost on the way is noticed. */
  place?: { roomId: string; seq: number } | undefined;
  /** Who is said by it to be connected to no process any more: where that is wrong, it is contradicted. */
  gone?: string | undefined;
};

/** `isOwn`: it was published in this process. Each dispatch is so in exactly one. */
export type Listener = (dispatch: Dispatch, isOwn: boolean) => void;

/** Between those who have something to say and the connections. What is lost on it is found in the database. */
export type Bus = {
  publish(dispatch: Dispatch): void;
  /** Returns how to stop listening. */
  subscribe(listener: Listener): () => void;
  /** These people are connected to this process now; to be said again every few seconds. */
  sayHere(userIds: readonly string[], now: Date): void;
  sayGone(userId: string): void;
  /** People of processes that have ended, or fallen silent; of each process only one other hears that. */
  takeAbandoned(now: Date): Promise<string[]>;
  /** Calls when all can be heard again after a time in which they could not. Returns how to stop that. */
  onReturn(listener: () => void): () => void;
  /** Which of these people are connected to another process. */
  whoIsElsewhere(userIds: readonly string[], now: Date): Promise<Set<string>>;
  /** Which of them are connected to any process, this one included: nobody else hears what is published. */
  whoIsConnected(userIds: readonly string[], now: Date): Promise<Set<string>>;
  close(): void;
};

/** Who listens in this process. */
export type Listeners = { hear: Listener; subscribe: Bus['subscribe'] };

export function createListeners(): Listeners {
  const listeners = new Set<Listener>();
  return {
    hear: (dispatch, isOwn) => {
      for (const listener of listeners) listener(dispatch, isOwn);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** For one process alone: there is nobody elsewhere. */
export function createLocalBus(): Bus {
  const listeners = createListeners();
  const here = new Set<string>();
  return {
    publish: (dispatch) => listeners.hear(dispatch, true),
    subscribe: listeners.subscribe,
    sayHere: (userIds) => {
      for (const userId of userIds) here.add(userId);
    },
    sayGone: (userId) => {
      here.delete(userId);
    },
    takeAbandoned: async () => [],
    onReturn: () => () => undefined,
    whoIsElsewhere: async () => new Set(),
    whoIsConnected: async (userIds) => new Set(userIds.filter((userId) => here.has(userId))),
    close: () => undefined,
  };
}
