import type { Endpoint, RequestOf, ResponseOf } from '@holdfast/contract';
import type { Sequence } from '../action.ts';
import { call } from '../api.ts';
import type { Person } from '../people.ts';

/**
 * One thing that moves money, from the request to the last consequence. `act` is played with the server dying at every
 * point of it; then people do the same again, as people do who got no answer, and all must end as if nothing had been.
 */
export type Flow<T = unknown> = {
  name: string;
  /** What must have happened before; nothing goes wrong here. */
  prepare(sequence: Sequence): Promise<T>;
  act(sequence: Sequence, prepared: T): Promise<void>;
};

/** Calls and insists on success. */
export async function done<E extends Endpoint>(
  sequence: Sequence,
  person: Person,
  endpoint: E,
  request?: RequestOf<E>,
): Promise<ResponseOf<E>> {
  const outcome = await call(sequence.world, person, endpoint, request);
  if (outcome.code !== 'ok')
    throw new Error(`${endpoint.method} ${endpoint.path}: ${outcome.code} ${outcome.detail}`);
  return outcome.body!;
}

/** Calls and takes whatever comes: the server may have died, or have done it before. */
export async function ask<E extends Endpoint>(
  sequence: Sequence,
  person: Person,
  endpoint: E,
  request?: RequestOf<E>,
): Promise<ResponseOf<E> | undefined> {
  const outcome = await call(sequence.world, person, endpoint, request);
  if (outcome.status >= 500 && outcome.code !== 'payment_provider_failed')
    throw new Error(`${endpoint.method} ${endpoint.path}: ${outcome.code} ${outcome.detail}`);
  return outcome.body;
}
