import { setTimeout as delay } from 'node:timers/promises';
import type { Ctx } from '../context.ts';
import { breaksUnique } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import { newId } from '../ids.ts';

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
const mostTries = 3;
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
    const results = await insert(
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

/** One statement for all: in the order given, undefined for what a block keeps out. */
async function insert(ctx: Ctx, drafts: readonly Draft[]): Promise<(Written | undefined)[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await insertOnce(ctx, drafts);
    } catch (error) {
      // Another process wrote the same message since this statement began: the next one sees it.
      if (attempt >= mostTries || !breaksUnique(error, 'messages_once')) throw error;
    }
  }
}

async function insertOnce(ctx: Ctx, drafts: readonly Draft[]): Promise<(Written | undefined)[]> {
  const { rows } = await ctx.pool.query<{
    n: number;
    id: string;
    seq: number;
    created_at: Date;
    is_flagged: boolean;
    is_held: boolean;
    is_new: boolean;
  }>({
    // By its name it is planned once for each connection: planning took longer than running it.
    name: 'chat-write',
    text: insertStatement,
    values: [
      drafts.map(() => newId('msg')),
      drafts.map((one) => one.roomId),
      drafts.map((one) => one.senderId),
      drafts.map((one) => one.clientMessageId),
      drafts.map((one) => one.body),
      ctx.clock.now(),
      drafts.map((one) => one.isSuspicious),
      ctx.config.contactDetails === 'hold',
    ],
  });
  const results: (Written | undefined)[] = drafts.map(() => undefined);
  for (const { n, id, seq, created_at, is_flagged, is_held, is_new } of rows)
    results[n - 1] = {
      id,
      seq,
      createdAt: created_at,
      isFlagged: is_flagged,
      isHeld: is_held,
      isNew: is_new,
    };
  return results;
}

// What is known is looked up one by one: joined, a plan made for a small table would read all of a large one.
const insertStatement = `
  with input as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $7::bool[]) with ordinality
      as input (id, room_id, sender_id, client_message_id, body, is_suspicious, n)
  ), known as (
    select n, found.id, found.seq, found.created_at, found.is_flagged, found.is_held from input cross join lateral (
      select id, seq, created_at, is_flagged, is_held from messages where messages.room_id = input.room_id
        and messages.sender_id = input.sender_id and messages.client_message_id = input.client_message_id limit 1
    ) found
  ), locked as materialized (
    -- In one order everywhere, so that two batches never wait for each other in a circle.
    select id, customer_id, contractor_id, last_seq from rooms
    where id in (select room_id from input) order by id for no key update
  ), fresh as (
    select input.*, locked.last_seq + row_number() over (partition by input.room_id order by input.n) as seq,
      is_suspicious and not exists (select from bookings where bookings.customer_id = locked.customer_id
        and bookings.contractor_id = locked.contractor_id
        and bookings.state in ('confirmed', 'active', 'delivered', 'completed')) as is_flagged
    from input join locked on locked.id = input.room_id
    where not exists (select from known where known.n = input.n)
      and not exists (select from blocks
        where (blocker_id, blocked_id) in ((customer_id, contractor_id), (contractor_id, customer_id)))
  ), bumped as (
    update rooms set last_seq = newest.seq, last_message_at = $6
    from (select room_id, max(seq)::int as seq from fresh group by room_id) newest
    where rooms.id = newest.room_id
  ), written as (
    insert into messages (room_id, seq, id, sender_id, client_message_id, kind, body, is_flagged, is_held, created_at)
    select room_id, seq, id, sender_id, client_message_id, 'text', body, is_flagged, is_flagged and $8::bool, $6 from fresh
  )
  select n, id, seq, $6::timestamptz as created_at, is_flagged, is_flagged and $8::bool as is_held, true as is_new
    from fresh
  union all select n, id, seq, created_at, is_flagged, is_held, false from known`;
