import { createHash } from 'node:crypto';
import { type Action, type Attempt, everybody, type Result, type Sequence } from './action.ts';
import { actions } from './actions/actions.ts';
import { arrange, earn } from './actions/bookings.ts';
import { pay } from './actions/payments.ts';
import { onboarding } from './actions/payouts.ts';
import { atOnce } from './at-once.ts';
import { chanceOf } from './chance.ts';
import { checkInvariants, checkLedger } from './invariants.ts';
import { isAnybodySuspended } from './look.ts';
import { freeTasks } from './outbox.ts';
import { createPerson, signInAgain } from './people.ts';
import { neverReconcile, reconcileByClock } from './reconciling.ts';
import { settle } from './settle.ts';
import type { World } from './world.ts';

/** What one sequence of steps came to. The same seed, steps and code give the same trace, and so the same hash. */
export type Played = {
  seed: string;
  steps: number;
  trace: string[];
  hash: string;
  kills: number;
  failure?: string;
  /** The step that broke it, or the beginning or end. */
  failedAt?: string;
};

/** Plays that many random steps, lets everything come to rest, and checks the invariants. */
export async function playSequence(world: World, seed: string, steps: number): Promise<Played> {
  const trace: string[] = [];
  const played: Played = { seed, steps, trace, hash: '', kills: 0 };
  let at = 'the beginning';
  try {
    const sequence = await beginSequence(world, seed);
    await makeReady(sequence, trace);
    if (sequence.chance.happens(3)) await reconcileByClock(sequence);
    for (let step = 1; step <= steps; step += 1) {
      at = `${step}`;
      await playStep(sequence, played, at);
    }
    at = 'the end';
    await settle(sequence, (line) => trace.push(line));
    trace.push(...(await checkInvariants(sequence)));
  } catch (error) {
    played.failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    played.failedAt = at;
    trace.push(`FAILED ${error instanceof Error ? error.message : String(error)}`);
    // Whatever it left behind is not for the next one.
    if (!world.life.points.isDead) world.life.points.spare();
    await world.restart().catch(() => undefined);
  }
  played.hash = createHash('sha256').update(trace.join('\n')).digest('hex').slice(0, 16);
  return played;
}

export async function beginSequence(world: World, seed: string): Promise<Sequence> {
  await world.beginAnew(seed);
  const { ctx } = world.life;
  const customers = [
    await createPerson(ctx, 'customer', 'Cora'),
    await createPerson(ctx, 'customer', 'Cleo'),
  ];
  const contractors = [
    await createPerson(ctx, 'contractor', 'Hans'),
    await createPerson(ctx, 'contractor', 'Hilde'),
  ];
  const admins = [await createPerson(ctx, 'admin', 'Ada'), await createPerson(ctx, 'admin', 'Bob')];
  const sequence = {
    world,
    chance: chanceOf(seed),
    customers,
    contractors,
    admins,
    hasFaults: false,
    hasSuspensions: false,
    count: 0,
  };
  await neverReconcile(sequence);
  return sequence;
}

/** Most contractors are ready to earn before anything goes wrong; the others have to find their way. */
async function makeReady(sequence: Sequence, trace: string[]): Promise<void> {
  for (const contractor of sequence.contractors) {
    if (!sequence.chance.happens(70)) continue;
    const attempt = onboarding(sequence, contractor);
    trace.push(`0 ${attempt.says} → ${(await attempt.run()).code}`);
  }
  // And there is some money already, so that short sequences have something to go wrong with.
  for (const past of [earn, pay]) {
    if (!sequence.chance.happens(50)) continue;
    if (past === pay) trace.push(`0 ${await playOne(sequence, arrange)}`);
    trace.push(`0 ${await playOne(sequence, past)}`);
  }
}

async function playOne(sequence: Sequence, action: Action): Promise<string> {
  const attempt = await action.plan(sequence);
  return attempt === undefined ? 'nothing' : `${attempt.says} → ${(await attempt.run()).code}`;
}

/** One action, or two at once, and now and then the server's death in the middle of it. */
async function playStep(sequence: Sequence, played: Played, step: string): Promise<void> {
  const { chance, world } = sequence;
  const note = (line: string) => played.trace.push(`${step} ${line}`);
  const isRace = chance.happens(18);
  const attempts = await planSome(sequence, isRace ? 2 : 1);
  if (sequence.hasSuspensions) await signInAgain(world.life.ctx, everybody(sequence));
  const { points } = world.life;
  if (chance.happens(10)) points.killAt(chance.below(chance.pick([4, 10, 30])));
  const results = await atOnce(
    world,
    chance,
    attempts.map((attempt) => () => attempt.run()),
  );
  const { diedAt } = points;
  points.spare();
  for (const [index, result] of results.entries())
    note(`${attempts[index]!.says} → ${result.code}${result.detail ? `: ${result.detail}` : ''}`);
  if (diedAt === undefined) {
    for (const [index, result] of results.entries())
      await requireExpected(sequence, attempts[index]!, result, attempts.length > 1);
  } else {
    played.kills += 1;
    note(`the server died ${diedAt}`);
    await world.restart();
    await freeTasks(world);
  }
  if (isRace || diedAt !== undefined || chance.happens(8)) await checkLedger(world.life.ctx);
  // Nobody does two things in the same millisecond.
  await world.advance(chance.between(1, 20_000));
}

const contended = actions.filter((action) => action.isContended);

/** As many as wanted; two are often the same wish (a double click), or two wishes of the same kind. */
async function planSome(sequence: Sequence, wanted: number): Promise<Attempt[]> {
  const { chance } = sequence;
  const attempts: Attempt[] = [];
  const able = wanted > 1 && chance.happens(80) ? contended : actions;
  let action = chance.weighted(able);
  for (let look = 0; attempts.length < wanted && look < 50; look += 1) {
    const attempt = await action.plan(sequence);
    if (attempt !== undefined) {
      attempts.push(attempt);
      if (attempts.length < wanted && chance.happens(30)) attempts.push(attempt);
    }
    if (attempt === undefined || chance.happens(40)) action = chance.weighted(able);
  }
  return attempts;
}

/** Refusals that anybody may meet at any time. */
const alwaysPossible = ['rate_limited', 'idempotency_in_flight'];

/** And what comes of somebody having been suspended. */
const possibleWhileShutOut = ['token_expired', 'account_suspended', 'conflict', 'not_found', 'forbidden'];

async function requireExpected(
  sequence: Sequence,
  attempt: Attempt,
  result: Result,
  isRace: boolean,
): Promise<void> {
  const { expects, says } = attempt;
  const status = result.status ?? 0;
  const isServersFault = status >= 500;
  if (expects === undefined && !isServersFault) return;
  if (expects?.includes(result.code) || alwaysPossible.includes(result.code)) return;
  if (result.code === 'payment_provider_failed' && sequence.hasFaults) return;
  // Another one may have been faster; what is left is no failure of the server.
  if (isRace && !isServersFault) return;
  if (possibleWhileShutOut.includes(result.code) && (await isAnybodySuspended(sequence))) return;
  throw new Error(
    `${says}: ${result.code} (${status}) ${result.detail ?? ''}, expected ${expects?.join(' or ')}`,
  );
}
