import { payouts } from '@holdfast/contract';
import type { Sequence } from './action.ts';
import { call } from './api.ts';
import { readyTasks, runSweep, runTask, sweepNames } from './outbox.ts';
import type { Person } from './people.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const maximumRounds = 40;

type Note = (line: string) => void;

/**
 * Stripe works again, webhooks arrive, the outbox runs, and time passes beyond every limit, until nothing is left to
 * happen. Throws if something never comes to its end.
 */
export async function settle(sequence: Sequence, note: Note): Promise<void> {
  const { world } = sequence;
  await world.sandbox.control.clearFaults();
  sequence.hasFaults = false;
  await comeToRest(world, note);
  await pass(world, 11 * minuteMs, note);
  await pass(world, 4 * dayMs, note);
  for (const contractor of sequence.contractors) note(await withdrawAll(sequence, contractor));
  await comeToRest(world, note);
  await pass(world, 5 * dayMs, note);
  await pass(world, dayMs, note);
}

async function pass(world: World, durationMs: number, note: Note): Promise<void> {
  await world.advance(durationMs);
  await sweepAll(world, note);
  await comeToRest(world, note);
}

/** Whatever is available must be payable: a contractor whose account is able can always go on to the bank. */
async function withdrawAll(sequence: Sequence, contractor: Person): Promise<string> {
  const { world } = sequence;
  const seen = await call(world, contractor, payouts.balance);
  if (seen.code !== 'ok') throw new Error(`a balance cannot be seen: ${seen.code} ${seen.detail}`);
  const { account, balances } = seen.body!;
  const available = account.payoutsEnabled ? balances.filter((one) => one.available > 0) : [];
  for (const { currency } of available) {
    sequence.count += 1;
    const idempotencyKey = `last-withdrawal-${sequence.count}`;
    const sent = await call(world, contractor, payouts.withdraw, { body: { currency }, idempotencyKey });
    if (sent.code !== 'ok')
      throw new Error(`${contractor.name} cannot withdraw ${currency}: ${sent.code} ${sent.detail}`);
  }
  return `${contractor.name} withdraws ${available.map((one) => `${one.available} ${one.currency}`).join(', ')}`;
}

async function sweepAll(world: World, note: Note): Promise<void> {
  for (const name of sweepNames) {
    const result = await runSweep(world, name);
    if (result !== 'done') {
      note(`sweep: ${name} → ${result}`);
      throw new Error(`with everything working again a sweep failed: ${name}: ${result}`);
    }
  }
}

/** Delivers everything and runs every task until there is none, or until the server dies. */
export async function comeToRest(world: World, note: Note): Promise<void> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const letters = await world.mailroom.waiting();
    for (const letter of letters) {
      const status = await world.mailroom.deliver(letter);
      if (world.life.points.isDead) return;
      if (status !== 200) throw new Error(`a webhook was answered ${status}: ${letter.type} ${letter.event}`);
    }
    const tasks = await readyTasks(world);
    for (const task of tasks) {
      const result = await runTask(world, task);
      if (result === 'killed') return;
      if (result !== 'done') note(`task ${task.name} ${task.subject} → ${result}`);
    }
    if (letters.length === 0 && tasks.length === 0) return;
    // What Stripe does a blink later.
    await world.advance(1000);
  }
  const left = await readyTasks(world);
  throw new Error(
    `tasks that never end: ${left.map((task) => `${task.name} ${task.subject}: ${task.lastError}`).join('; ')}`,
  );
}
