import { type ChangeSet, Memory } from '../store/memory.ts';
import type { Store } from '../store/store.ts';
import { type Cause, noCause, Transaction } from '../store/transaction.ts';
import { createQueue } from './queue.ts';

/** Thrown when a change could not be stored; nothing of it happened. */
export class StorageError extends Error {}

/**
 * Holds the state and lets one transaction at a time change it. A transaction is stored before anybody hears
 * of it: the answer, the events and the webhooks come afterwards.
 */
export class Engine {
  #memory = new Memory();
  #stale = true;
  #offsetMs = 0;
  readonly #store: Store;
  readonly #log: (line: string) => void;
  readonly #committed: ((changes: ChangeSet) => void)[] = [];
  readonly #loaded: (() => void)[] = [];
  readonly queue = createQueue();

  constructor(store: Store, log: (line: string) => void) {
    this.#store = store;
    this.#log = log;
  }

  /** Reads everything back from the store. */
  async load(): Promise<void> {
    this.#memory = new Memory(await this.#store.load());
    const offset = this.#memory.find('setting', 'clock_offset_ms')?.data.value;
    this.#offsetMs = typeof offset === 'number' ? offset : 0;
    this.#stale = false;
    for (const listener of this.#loaded) listener();
  }

  onCommit(listener: (changes: ChangeSet) => void): void {
    this.#committed.push(listener);
  }

  onLoad(listener: () => void): void {
    this.#loaded.push(listener);
  }

  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Moves the sandbox's time; the move is stored with the transaction. */
  moveClock(transaction: Transaction, nowMs: number): void {
    this.#offsetMs = nowMs - Date.now();
    transaction.nowMs = nowMs;
    this.setting(transaction, 'clock_offset_ms', this.#offsetMs);
  }

  setting(transaction: Transaction, id: string, value: number | boolean | string): void {
    if (transaction.find('setting', id) === undefined) {
      transaction.insert('setting', { id, account: '', data: { value }, hidden: {} });
    } else transaction.edit('setting', id).data.value = value;
  }

  /** A view for reading. Changes made to it are never kept. */
  async view(): Promise<Transaction> {
    if (this.#stale) await this.queue.run(() => this.#refresh());
    return this.peek();
  }

  /** As `view`, for those who can live with the state before a failed store came back. */
  peek(): Transaction {
    return new Transaction(this.#memory, this.nowMs());
  }

  /** Runs `work` alone and stores what it changed. When it throws, or the store does, nothing happened. */
  transact<T>(work: (transaction: Transaction) => T, cause: Cause = noCause): Promise<T> {
    return this.queue.run(async () => {
      await this.#refresh();
      const transaction = new Transaction(this.#memory, this.nowMs(), cause);
      const offsetMs = this.#offsetMs;
      try {
        const result = work(transaction);
        await this.#commit(transaction);
        return result;
      } catch (error) {
        this.#offsetMs = offsetMs;
        throw error;
      }
    });
  }

  /** Forgets everything, the clock included. */
  async clear(): Promise<void> {
    await this.queue.run(async () => {
      await this.#store.clear();
      await this.load();
    });
  }

  async close(): Promise<void> {
    await this.queue.run(async () => this.#store.close());
  }

  async #refresh(): Promise<void> {
    if (!this.#stale) return;
    try {
      await this.load();
    } catch (error) {
      throw new StorageError('The sandbox cannot reach its store', { cause: error });
    }
  }

  async #commit(transaction: Transaction): Promise<void> {
    const changes = transaction.changes();
    if (changes.written.length === 0 && changes.removed.length === 0) return;
    try {
      await this.#store.commit(changes);
    } catch (error) {
      // Whether it was stored is not known (the connection may have died after the commit): read again.
      this.#stale = true;
      this.#log(`stripe sandbox: a change could not be stored: ${String(error)}`);
      throw new StorageError('The change could not be stored', { cause: error });
    }
    this.#memory.apply(changes);
    for (const listener of this.#committed) listener(changes);
  }
}
