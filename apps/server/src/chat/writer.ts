import { setTimeout as delay } from 'node:timers/promises';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { insertMessages } from './insert-messages.ts';

/** A message as somebody wants it written. Its room exists, and its sender is a member. */
export type Draft = {
  roomId: string;
  senderId: string;
  clientMessageId: string;
  body: string;
  /** Marked, and held back if that is configured, if nothing is booked between the two yet. */
  isSuspicious: boolean;
};

/** Where it stands now. `isNew` is false if the same clientMessageId had been written before. */
export type Written = {
  id: string;
  seq: number;
  createdAt: Date;
  isFlagged: boolean;
  isHeld: boolean;
  isNew: boolean;
};

export type Writer = {
  /** Resolves once the message is committed. Rejects with forbidden if one of the two blocks the other. */
  write(draft: Draft): Promise<Written>;
};

type Waiting = { draft: Draft; resolve: (written: Written) => void; reject: (error: unknown) => void };

const mostPerBatch = 500;
// A commit costs nearly the same however many messages are in it. Under load there is none sooner than this after the
// one before; without load nobody waits.
const paceMs = 5;

/**
 * Group commit: what arrives while a commit is under way goes together in the next one, whatever room it is for. Under
 * load a commit, which is most of what a message costs, is shared by dozens; without load nobody waits for anybody.
 */
export function createWriter(ctx: Ctx): Writer {
  let waiting: Waiting[] = [];
  let isWriting = false;
  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostPerBatch);
      waiting = waiting.slice(mostPerBatch);
      await Promise.all([writeBatch(ctx, batch), delay(paceMs)]);
    }
    isWriting = false;
  };
  return {
    write: (draft) =>
      new Promise((resolve, reject) => {
        waiting.push({ draft, resolve, reject });
        if (isWriting) return;
        isWriting = true;
        // Whatever the same turn of the event loop brings goes along.
        setImmediate(run);
      }),
  };
}

async function writeBatch(ctx: Ctx, batch: readonly Waiting[]): Promise<void> {
  // Of two with one name in the same batch the second gets what the first gets.
  const first = new Map<string, Waiting[]>();
  for (const one of batch) {
    const { roomId, senderId, clientMessageId } = one.draft;
    const key = `${roomId} ${senderId} ${clientMessageId}`;
    const same = first.get(key);
    if (same === undefined) first.set(key, [one]);
    else same.push(one);
  }
  const groups = [...first.values()];
  try {
    const results = await insertMessages(
      ctx,
      groups.map(([one]) => one!.draft),
    );
    for (const [index, group] of groups.entries()) settle(group, results[index]);
  } catch (error) {
    for (const one of batch) one.reject(error);
  }
}

function settle([one, ...again]: readonly Waiting[], written: Written | undefined): void {
  if (written === undefined) {
    for (const each of [one!, ...again]) each.reject(blocked());
    return;
  }
  one!.resolve(written);
  for (const each of again) each.resolve({ ...written, isNew: false });
}

const blocked = () =>
  new AppError('forbidden', 'You cannot write to each other: one of you blocks the other.');
