import { type Action, doing } from '../action.ts';
import { readyTasks, runSweep, runTask, sweepNames } from '../outbox.ts';

/** Time passes, and the outbox works: in any order, since nothing promises one. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const work: Action = {
  name: 'run an outbox task',
  weight: 14,
  isContended: true,
  plan: async (sequence) => {
    const ready = (await readyTasks(sequence.world)).filter((task) => task.name !== reconciling);
    if (ready.length === 0) return undefined;
    const task = sequence.chance.pick(ready);
    return doing(`task ${task.name} ${task.subject}`, () => runTask(sequence.world, task));
  },
};

/** Not beside another of its kind, which would wait for its lock in real time. */
const reconciling = 'audit.reconcile';

const reconcile: Action = {
  name: 'reconcile',
  weight: 3,
  plan: async ({ world }) => {
    const task = (await readyTasks(world)).find((one) => one.name === reconciling);
    return task && doing(`task ${task.name} ${task.subject}`, () => runTask(world, task));
  },
};

const sweep: Action = {
  name: 'run a sweep',
  weight: 5,
  isContended: true,
  plan: async ({ chance, world }) => {
    const name = chance.pick(sweepNames);
    return doing(`sweep: ${name}`, () => runSweep(world, name));
  },
};

const pass: Action = {
  name: 'time passes',
  weight: 3,
  plan: async ({ chance, world }) => {
    const durationMs = chance.pick([
      minuteMs,
      11 * minuteMs,
      2 * hourMs,
      2 * hourMs,
      25 * hourMs,
      49 * hourMs,
    ]);
    return doing(`${durationMs / minuteMs} minutes pass`, () => world.advance(durationMs));
  },
};

const rest: Action = {
  name: 'a quiet moment',
  weight: 5,
  plan: async ({ world }) =>
    doing('a quiet moment: webhooks arrive and tasks run, as far as they can', async () => {
      for (const letter of await world.mailroom.waiting()) {
        if (world.life.points.isDead) return 'killed';
        await world.mailroom.deliver(letter);
      }
      for (const task of await readyTasks(world))
        if ((await runTask(world, task)) === 'killed') return 'killed';
      return 'ok';
    }),
};

export const machineActions: Action[] = [work, reconcile, sweep, pass, rest];
