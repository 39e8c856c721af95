import type { Kind, Kinds, Stored } from './kinds.ts';
import type { ChangeSet, Memory } from './memory.ts';

export type Cause = { requestId: string | null; idempotencyKey: string | null };

export const noCause: Cause = { requestId: null, idempotencyKey: null };

type New<K extends Kind> = {
  id: string;
  account: string;
  data: Kinds[K]['data'];
  hidden: Kinds[K]['hidden'];
};

/**
 * A view of the state with changes on top of it. Nothing reaches the committed state before the whole change
 * set is stored, so dropping the transaction is the rollback.
 */
export class Transaction {
  readonly #memory: Memory;
  readonly #written = new Map<string, Stored>();
  readonly #removed = new Map<string, Stored>();
  #lastSeq: number;
  readonly cause: Cause;
  /** The sandbox's time in milliseconds. */
  nowMs: number;

  constructor(memory: Memory, nowMs: number, cause: Cause = noCause) {
    this.#memory = memory;
    this.#lastSeq = memory.lastSeq;
    this.nowMs = nowMs;
    this.cause = cause;
  }

  /** The sandbox's time as Stripe writes it. */
  get now(): number {
    return Math.floor(this.nowMs / 1000);
  }

  /** For reading only: the record may be the committed one. */
  find<K extends Kind>(kind: K, id: string): Stored<K> | undefined {
    const key = `${kind}:${id}`;
    if (this.#removed.has(key)) return undefined;
    return (this.#written.get(key) ?? this.#memory.find(kind, id)) as Stored<K> | undefined;
  }

  /** Any record that has this id, in whatever kind. */
  findAny(id: string): Stored | undefined {
    for (const record of this.#written.values()) if (record.id === id) return record;
    const committed = this.#memory.findAny(id);
    return committed === undefined ? undefined : this.find(committed.kind, id);
  }

  get<K extends Kind>(kind: K, id: string): Stored<K> {
    const record = this.find(kind, id);
    if (record === undefined) throw new Error(`The sandbox lost ${kind} ${id}`);
    return record;
  }

  /** A copy of the record that may be changed; the change belongs to this transaction. */
  edit<K extends Kind>(kind: K, id: string): Stored<K> {
    const key = `${kind}:${id}`;
    const mine = this.#written.get(key) as Stored<K> | undefined;
    if (mine !== undefined) return mine;
    const copy = structuredClone(this.get(kind, id));
    this.#written.set(key, copy);
    return copy;
  }

  insert<K extends Kind>(kind: K, record: New<K>): Stored<K> {
    this.#lastSeq += 1;
    const stored: Stored<K> = { kind, seq: this.#lastSeq, ...record };
    this.#written.set(`${kind}:${record.id}`, stored);
    this.#removed.delete(`${kind}:${record.id}`);
    return stored;
  }

  remove(kind: Kind, id: string): void {
    const record = this.find(kind, id);
    if (record === undefined) return;
    this.#written.delete(`${kind}:${id}`);
    this.#removed.set(`${kind}:${id}`, record);
  }

  /** Oldest first. */
  all<K extends Kind>(kind: K): Stored<K>[] {
    if (this.#written.size === 0 && this.#removed.size === 0) return [...this.#memory.all(kind)];
    const records: Stored<K>[] = [];
    for (const { id } of this.#memory.all(kind)) {
      const record = this.find(kind, id);
      if (record !== undefined) records.push(record);
    }
    for (const record of this.#written.values()) {
      if (record.kind === kind && this.#memory.find(kind, record.id) === undefined) {
        records.push(record as Stored<K>);
      }
    }
    return records;
  }

  changes(): ChangeSet {
    return { written: [...this.#written.values()], removed: [...this.#removed.values()] };
  }
}
