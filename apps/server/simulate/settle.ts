import type { Sequence } from './action.ts';
import { readyTasks, runSweep, runTask, sweepNames } from './outbox.ts';
import type { World } from './world.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const maximumRounds = 40;

/**
 * Stripe works again, webhooks arrive, the outbox runs, and time passes beyond every limit, until nothing is left to
 * happen. Throws if something never comes to its end.
 */
export async function settle(sequence: Sequence, note: (line: string) => void): Promise<void> {
  const { world } = sequence;
  await world.sandbox.control.clearFaults();
  sequence.hasFaults = false;
  await comeToRest(world, note);
  for (const durationMs of [11 * minuteMs, 4 * dayMs, 4 * dayMs]) {
    await world.advance(durationMs);
    await sweepAll(world, note);
    await comeToRest(world, note);
  }
}

async function sweepAll(world: World, note: (line: string) => void): Promise<void> {
  for (const name of sweepNames) {
    const result = await runSweep(world, name);
    if (result !== 'done') {
      note(`sweep: ${name} → ${result}`);
      throw new Error(`with everything working again a sweep failed: ${name}: ${result}`);
    }
  }
}

/** Delivers everything and runs every task until there is none, or until the server dies. */
export async function comeToRest(world: World, note: (line: string) => void): Promise<void> {
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
