import type { Engine } from '../engine/engine.ts';
import type { Attempt, Delivery } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { nextAttemptMs } from './backoff.ts';
import { post } from './post.ts';
import { signatureOf } from './sign.ts';

const maximumConcurrent = 8;
const pauseAfterFailureMs = 500;

function record(delivery: Delivery, attempt: Attempt): void {
  delivery.attempts.push(attempt);
  delivery.firstAttemptMs ??= attempt.atMs;
  if (delivery.state !== 'pending') return;
  if (attempt.status !== null && attempt.status >= 200 && attempt.status < 300) {
    if ((delivery.copies ?? 0) > 0) {
      delivery.copies = (delivery.copies ?? 0) - 1;
      delivery.nextAttemptMs = attempt.atMs;
    } else delivery.state = 'delivered';
    return;
  }
  delivery.failures += 1;
  const next = nextAttemptMs(delivery.failures, delivery.firstAttemptMs, attempt.atMs);
  if (next === undefined) delivery.state = 'failed';
  else delivery.nextAttemptMs = next;
}

function isHeld(tx: Transaction): boolean {
  return tx.find('setting', 'webhooks_held')?.data.value === true;
}

/** Sends committed events to their endpoints, oldest first, a few at a time, until they are taken. */
export class Deliverer {
  readonly #engine: Engine;
  readonly #render: (body: string) => string;
  readonly #pending = new Map<string, number>();
  readonly #inFlight = new Set<string>();
  readonly #finished: { id: string; attempt: Attempt }[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(engine: Engine, render: (body: string) => string) {
    this.#engine = engine;
    this.#render = render;
    engine.onCommit((changes) => {
      for (const { kind, id, data } of changes.written)
        if (kind === 'delivery') this.#track(id, data as Delivery);
      for (const { kind, id } of changes.removed) if (kind === 'delivery') this.#pending.delete(id);
      this.kick();
    });
    engine.onLoad(() => {
      this.#pending.clear();
      for (const { id, data } of engine.peek().all('delivery')) this.#track(id, data);
    });
  }

  held(): boolean {
    return isHeld(this.#engine.peek());
  }

  /** Starts what is due, as far as there is room. */
  kick(): void {
    if (this.#closed || this.held()) return;
    const nowMs = this.#engine.nowMs();
    for (const [id, dueMs] of this.#pending) {
      if (this.#inFlight.size >= maximumConcurrent) return;
      if (dueMs <= nowMs && !this.#inFlight.has(id)) void this.attempt(id);
    }
  }

  /** When the next delivery has to start; those under way or held back do not count. */
  nextDueMs(): number | undefined {
    if (this.held() || this.#inFlight.size >= maximumConcurrent) return undefined;
    let next: number | undefined;
    for (const [id, dueMs] of this.#pending) {
      if (!this.#inFlight.has(id) && (next === undefined || dueMs < next)) next = dueMs;
    }
    return next;
  }

  /** No delivery is under way or due. */
  idle(): boolean {
    const next = this.nextDueMs();
    return this.#inFlight.size === 0 && (next === undefined || next > this.#engine.nowMs() || this.#closed);
  }

  async quiet(): Promise<void> {
    this.kick();
    while (!this.idle()) {
      await new Promise((resume) => setTimeout(resume, 2));
      this.kick();
    }
  }

  /** Sends one event to one endpoint now and keeps what came of it. */
  async attempt(id: string): Promise<void> {
    const view = this.#engine.peek();
    const delivery = view.find('delivery', id)?.data;
    const endpoint = delivery === undefined ? undefined : view.find('webhook_endpoint', delivery.endpoint);
    if (delivery === undefined) return;
    this.#inFlight.add(id);
    const body = this.#render(JSON.stringify(view.get('event', delivery.event).data, null, 2));
    const atMs = this.#engine.nowMs();
    const result =
      endpoint === undefined
        ? { status: null, error: 'the endpoint was deleted' }
        : // The sandbox's time is never behind real time, and receivers refuse only signatures that are old.
          await post(
            endpoint.data.url,
            body,
            signatureOf(body, endpoint.hidden.secret, Math.floor(atMs / 1000)),
          );
    await this.#finish(id, { atMs, ...result });
  }

  close(): void {
    this.#closed = true;
  }

  #track(id: string, delivery: Delivery): void {
    if (delivery.state === 'pending') this.#pending.set(id, delivery.nextAttemptMs);
    else this.#pending.delete(id);
  }

  async #finish(id: string, attempt: Attempt): Promise<void> {
    const finished = { id, attempt };
    this.#finished.push(finished);
    // Results that arrive while the store is busy are written together.
    while (this.#finished.includes(finished)) {
      this.#flushing ??= this.#flush().finally(() => {
        this.#flushing = undefined;
      });
      await this.#flushing;
    }
  }

  async #flush(): Promise<void> {
    let taken: { id: string; attempt: Attempt }[] = [];
    try {
      await this.#engine.transact((tx) => {
        taken = this.#finished.splice(0);
        for (const { id, attempt } of taken) {
          if (tx.find('delivery', id) !== undefined) record(tx.edit('delivery', id).data, attempt);
        }
      });
    } catch {
      // Not stored, so it counts as not delivered: it will be sent again, as Stripe also does at times.
      taken.push(...this.#finished.splice(0));
      await new Promise((resume) => setTimeout(resume, pauseAfterFailureMs));
    }
    for (const { id } of taken) this.#inFlight.delete(id);
    this.kick();
  }
}
