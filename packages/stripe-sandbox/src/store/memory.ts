import type { Kind, Stored } from './kinds.ts';

/** What one transaction did: records written in full, and records gone. */
export type ChangeSet = { written: Stored[]; removed: Stored[] };

/** Every committed record, in the order of creation. Only a committed change set alters it. */
export class Memory {
  readonly #byKind = new Map<Kind, Map<string, Stored>>();
  readonly #byId = new Map<string, Stored>();
  lastSeq = 0;

  constructor(records: Iterable<Stored> = []) {
    for (const record of records) this.#write(record);
  }

  find<K extends Kind>(kind: K, id: string): Stored<K> | undefined {
    return this.#byKind.get(kind)?.get(id) as Stored<K> | undefined;
  }

  findAny(id: string): Stored | undefined {
    return this.#byId.get(id);
  }

  /** Oldest first: a Map keeps the place of a key that is written again. */
  all<K extends Kind>(kind: K): Iterable<Stored<K>> {
    return (this.#byKind.get(kind)?.values() ?? []) as Iterable<Stored<K>>;
  }

  apply(changes: ChangeSet): void {
    for (const record of changes.removed) {
      this.#byKind.get(record.kind)?.delete(record.id);
      this.#byId.delete(record.id);
    }
    for (const record of changes.written) this.#write(record);
  }

  #write(record: Stored): void {
    const records = this.#byKind.get(record.kind) ?? new Map<string, Stored>();
    this.#byKind.set(record.kind, records);
    records.set(record.id, record);
    this.#byId.set(record.id, record);
    this.lastSeq = Math.max(this.lastSeq, record.seq);
  }
}
