/** A frame on its way to all connections of these people, in whichever process they are. */
export type Dispatch = {
  to: readonly string[];
  /** The frame as it goes over the wire: written once, however many get it. */
  frame: string;
  /** Not to this connection: it has its own answer. */
  except?: string | undefined;
};

/** Between those who have something to say and the connections. What is lost on it is found by sync. */
export type Bus = {
  publish(dispatch: Dispatch): void;
  /** Returns how to stop listening. */
  subscribe(listener: (dispatch: Dispatch) => void): () => void;
};

/** For one process alone. */
export function createLocalBus(): Bus {
  const listeners = new Set<(dispatch: Dispatch) => void>();
  return {
    publish: (dispatch) => {
      for (const listener of listeners) listener(dispatch);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
