import type { Message, MessagePage } from '@holdfast/contract';

export type SequenceHooks = {
  emit(message: Message): void;
  /** The messages behind this one. Waits for a connection; rejects if the server refuses or the chat is closed. */
  read(afterSeq: number): Promise<MessagePage>;
  /** The messages that are missing cannot be had. Says whether to go on without them. */
  failed(error: unknown): boolean;
};

// As long as the server lets a message be changed.
const changeableMs = 15 * 60_000;
const mostRemembered = 200;

/** One room's messages, brought into the order of seq: each once, and once more for each change of it. */
export class Sequence {
  /** All messages up to here have been emitted, or were before our time. */
  seen: number;
  readonly #hooks: SequenceHooks;
  /** The furthest that there is, as far as is known. */
  #known: number;
  /** What came before its turn. */
  readonly #held = new Map<number, Message>();
  /** When messages were written that might still be changed, by seq. */
  readonly #written = new Map<number, number>();
  /** The newest version of what was changed, by id. */
  readonly #changes = new Map<string, number>();
  #isReading = false;
  /** From where on is to be read; infinite if there is nothing to read. */
  #from = Number.POSITIVE_INFINITY;

  constructor(seen: number, hooks: SequenceHooks) {
    this.seen = seen;
    this.#known = seen;
    this.#hooks = hooks;
  }

  /** Takes a message from wherever: live, read, or written by ourselves. */
  offer(message: Message): void {
    if (message.seq <= this.seen) {
      if (!this.#isChange(message)) return;
      this.#remember(message);
      this.#hooks.emit(message);
      return;
    }
    const held = this.#held.get(message.seq);
    if (held === undefined || message.version >= held.version) this.#held.set(message.seq, message);
    this.#release();
    this.expect(message.seq);
  }

  /** There is a message of this seq: it is read, with all before it, unless it is here already. */
  expect(seq: number): void {
    this.#known = Math.max(this.#known, seq);
    // Whoever reads at the moment goes on until there is nothing left.
    if (this.#known > this.seen && !this.#isReading) void this.#readFrom(this.seen);
  }

  /** Looks for what was missed while nobody listened: new messages, and changes of those that could still be changed. */
  catchUp(lastSeq: number, sinceMs: number): void {
    const changeable = [...this.#written].filter(([, at]) => at > sinceMs - changeableMs).map(([seq]) => seq);
    this.#known = Math.max(this.#known, lastSeq);
    const from = Math.min(this.seen, ...changeable.map((seq) => seq - 1));
    if (from < this.seen) void this.#readFrom(from);
    else this.expect(lastSeq);
  }

  /** Reads once, whatever is known. */
  check(): void {
    void this.#readFrom(this.seen);
  }

  /** The application has this one, by its own reading. */
  note(message: Message): void {
    this.#remember(message);
    if (message.seq <= this.seen) this.#isChange(message);
  }

  /** What is held back may be released at any time, everything else be changed for a while. */
  #remember(message: Message): void {
    const at = message.isHeld ? Number.POSITIVE_INFINITY : Date.parse(message.timestamp);
    this.#written.set(message.seq, at);
    if (this.#written.size > mostRemembered) this.#written.delete(Math.min(...this.#written.keys()));
  }

  /** Remembers the change, if it is one that was not known. */
  #isChange(message: Message): boolean {
    if (message.version <= (this.#changes.get(message.id) ?? 1)) return false;
    this.#changes.set(message.id, message.version);
    if (this.#changes.size > mostRemembered) this.#changes.delete(this.#changes.keys().next().value!);
    return true;
  }

  #release(): void {
    for (;;) {
      const next = this.#held.get(this.seen + 1);
      if (next === undefined) return;
      this.#held.delete(next.seq);
      this.seen = next.seq;
      this.note(next);
      this.#hooks.emit(next);
    }
  }

  async #readFrom(seq: number): Promise<void> {
    this.#from = Math.min(this.#from, seq);
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#from < Number.POSITIVE_INFINITY) await this.#readPage();
    } catch (error) {
      this.#from = Number.POSITIVE_INFINITY;
      if (this.#hooks.failed(error)) this.#leap();
    } finally {
      this.#isReading = false;
    }
  }

  async #readPage(): Promise<void> {
    const after = this.#from;
    this.#from = Number.POSITIVE_INFINITY;
    const { messages, lastSeq } = await this.#hooks.read(after);
    this.#known = Math.max(this.#known, lastSeq);
    for (const message of messages) this.offer(message);
    const reached = messages.at(-1)?.seq ?? Math.max(after, this.#known);
    // A hole that the server itself does not know how to fill.
    if (reached > this.seen) this.#leap();
    if (reached < this.seen || this.#known > this.seen) this.#from = Math.min(this.#from, reached, this.seen);
  }

  /** Goes on behind a hole. */
  #leap(): void {
    const first = Math.min(...this.#held.keys());
    this.seen = Number.isFinite(first) ? first - 1 : this.#known;
    this.#release();
  }
}
