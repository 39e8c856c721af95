import { setTimeout as wait } from 'node:timers/promises';
import { stripeFailure } from '../vendors/stripe.ts';
import type { Pass } from './pass.ts';

/** Reads from Stripe; a failure that passes (429, 500, a broken connection) is waited out a few times. */
export async function read<T>(pass: Pass, ask: () => Promise<T>): Promise<T> {
  for (const delayMs of pass.retryDelaysMs) {
    try {
      return await ask();
    } catch (error) {
      if (stripeFailure(error).kind !== 'unknown') throw error;
      await wait(delayMs);
    }
  }
  return ask();
}

/** The same for one object; undefined if Stripe has none of this id. */
export async function readObject<T>(pass: Pass, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read(pass, ask);
  } catch (error) {
    const failure = stripeFailure(error);
    if (failure.kind === 'refused' && failure.code === 'resource_missing') return undefined;
    throw error;
  }
}

type List<T> = { data: T[]; has_more: boolean };
type Paging = { limit: number; starting_after?: string };

/** A list of Stripe's page by page, newest first. */
export async function* pages<T extends { id: string }>(
  pass: Pass,
  ask: (paging: Paging) => Promise<List<T>>,
): AsyncGenerator<T[]> {
  let paging: Paging = { limit: 100 };
  for (;;) {
    const list = await read(pass, () => ask(paging));
    if (list.data.length > 0) yield list.data;
    if (!list.has_more) return;
    paging = { limit: 100, starting_after: list.data.at(-1)!.id };
  }
}

/** Reads of one connected account; undefined, once and for all in this pass, if Stripe does not let us. */
export async function readAccount<T>(
  pass: Pass,
  account: string,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  if (pass.unreadable.has(account)) return undefined;
  try {
    return await ask();
  } catch (error) {
    if (!isClosed(error)) throw error;
    pass.unreadable.add(account);
    return undefined;
  }
}

const isClosed = (error: unknown): boolean => {
  const failure = stripeFailure(error);
  return failure.kind === 'refused' && failure.code === 'account_invalid';
};

/** What is in a connected account's list, or nothing once Stripe does not let us read it. */
export async function* readable<T>(pass: Pass, account: string, list: AsyncIterable<T>): AsyncGenerator<T> {
  if (pass.unreadable.has(account)) return;
  try {
    yield* list;
  } catch (error) {
    if (!isClosed(error)) throw error;
    pass.unreadable.add(account);
  }
}

/** Each page as one side of a comparison. */
export async function* flat<T, R>(list: AsyncIterable<T[]>, present: (one: T) => R[]): AsyncGenerator<R[]> {
  for await (const page of list) yield page.flatMap(present);
}

export const first = <T, R>(one: T | undefined, present: (one: T) => R[]): R | undefined =>
  one === undefined ? undefined : present(one)[0];
