import type { Stored } from './kinds.ts';
import type { ChangeSet } from './memory.ts';

export type SandboxStore =
  | { kind: 'memory' }
  | { kind: 'postgres'; connectionString: string; schema?: string };

/** Where change sets are kept. `commit` takes all of one or nothing of it. */
export type Store = {
  load(): Promise<Stored[]>;
  commit(changes: ChangeSet): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
};

/** Keeps nothing: the sandbox's own memory is all there is. */
export function createMemoryStore(): Store {
  return {
    load: async () => [],
    commit: async () => undefined,
    clear: async () => undefined,
    close: async () => undefined,
  };
}
