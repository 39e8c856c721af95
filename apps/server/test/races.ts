import { setImmediate as turn } from 'node:timers/promises';
import { ApiError } from '@holdfast/client';
import { payouts } from '@holdfast/contract';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { audit } from '../src/audit/audit.ts';
import { ledgerChecks } from '../src/audit/ledger-checks.ts';
import { type Ctx, closeContext, createContext } from '../src/context.ts';
import { AppError } from '../src/errors.ts';
import type { Actor } from '../src/http/authenticate.ts';
import { createPair, type MoneyWorld, type Pair, startMoneyWorld } from './money-world.ts';
import { createPerson, type Person } from './people.ts';

/*
 * What races are made of. Two verbs meet on one booking or payment, in two processes: each has a context, and so
 * connections, of its own. Rounds are prepared in bulk and played a few at a time, and what they must leave behind is
 * looked at once for all of them.
 */

export const rounds = 500;
export const longTest = { timeout: 300_000 };
const atOnce = 4;

/** Who begins, and how many queries before the other: the unit in which transactions go on. `all`: it is done before. */
const leads: readonly { of: 0 | 1; queries: number | 'all' }[] = [
  { of: 0, queries: 'all' },
  { of: 0, queries: 0 },
  { of: 1, queries: 0 },
  { of: 0, queries: 1 },
  { of: 1, queries: 1 },
  { of: 1, queries: 'all' },
  { of: 0, queries: 2 },
  { of: 1, queries: 2 },
  { of: 0, queries: 4 },
  { of: 1, queries: 4 },
];

export type RaceWorld = MoneyWorld & {
  /** Enough for rounds that go on at once not to wait for each other at one contractor's account. */
  pairs: Pair[];
  admin: Person;
  /** The context of a second process on the same database. */
  other: Ctx;
  /** Settles, but sends no mails: races are not about them. */
  settleQuietly(): Promise<void>;
  /** Leaves undone what waits in the outbox, where nothing of it is at Stripe. */
  forgetTasks(): Promise<void>;
};

/** A world that nobody tells of Stripe's events, and who plays in it. */
export async function startRaces(): Promise<RaceWorld> {
  const world = await startMoneyWorld({ hearsWebhooks: false });
  const pairs = await Promise.all(Array.from({ length: 2 * atOnce }, () => createPair(world)));
  // That the accounts are ready is seen by asking again.
  for (const { contractor } of pairs) await contractor.client.call(payouts.connect, { body: {} });
  const other = createContext(world.ctx.config, world.ctx.clock, world.ctx.log);
  return {
    ...world,
    pairs,
    other,
    admin: await createPerson(world, { role: 'admin' }),
    settleQuietly: async () => {
      await sql`delete from graphile_worker._private_jobs where task_id =
        (select id from graphile_worker._private_tasks where identifier = 'accounts.send-notice')`.execute(
        world.ctx.db,
      );
      await world.settle();
    },
    forgetTasks: async () => {
      await sql`delete from graphile_worker._private_jobs`.execute(world.ctx.db);
    },
    stop: async () => {
      await closeContext(other);
      await world.stop();
    },
  };
}

export type Outcome = [one: string, other: string];

/**
 * Both at once. From round to round each begins before the other by more or less, and once in ten rounds it is done by
 * then: so every outcome that there is comes about, and not by luck. Answers 'done' or the code of the error for each.
 */
export async function race(
  ctx: Ctx,
  round: number,
  contenders: readonly [() => Promise<unknown>, () => Promise<unknown>],
): Promise<Outcome> {
  const lead = leads[round % leads.length]!;
  const first = outcomeOf(contenders[lead.of]());
  if (lead.queries === 'all') await first;
  else for (let made = 0; made < lead.queries; made += 1) await sql`select 1`.execute(ctx.db);
  const second = outcomeOf(contenders[lead.of === 0 ? 1 : 0]());
  const outcomes = await Promise.all([first, second]);
  return lead.of === 0 ? outcomes : [outcomes[1], outcomes[0]];
}

export const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error) => {
      if (error instanceof AppError) return error.code;
      if (error instanceof ApiError) return error.problem.code;
      throw error;
    },
  );

/** Plays one round for each of these, a few at a time, and answers how often each outcome came. */
export async function play<T>(
  subjects: readonly T[],
  round: (subject: T, index: number) => Promise<Outcome>,
  { width = atOnce }: { width?: number } = {},
): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  const queue = subjects.entries();
  const work = async () => {
    for (const [index, subject] of queue) {
      const outcome = (await round(subject, index)).join(' ');
      seen[outcome] = (seen[outcome] ?? 0) + 1;
      await turn();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return seen;
}

export const actorOf = (person: Person): Actor => ({
  userId: person.id,
  role: person.role,
  sessionId: 'ses_race',
  hasSecondFactor: person.role === 'admin',
});

/** Every outcome that came is one of these, and each of these came. */
export function expectOutcomes(seen: Record<string, number>, ...possible: string[]): void {
  expect(Object.keys(seen).toSorted()).toEqual(possible.toSorted());
}

/** Everything adds up, with Stripe as well, and all of it could be looked at. */
export async function expectCleanAudit(world: RaceWorld): Promise<void> {
  await world.settleQuietly();
  const results = await audit(world.ctx, 0);
  expect(results.filter(({ incomplete }) => incomplete !== null)).toEqual([]);
  expect(results.flatMap(({ findings }) => findings)).toEqual([]);
}

/** The checks of `npm run audit` that do not need Stripe. */
export async function expectBalancedLedger(ctx: Ctx): Promise<void> {
  const findings = [];
  for (const check of ledgerChecks) findings.push(...(await check.run(ctx)));
  expect(findings).toEqual([]);
}
