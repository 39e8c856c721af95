import { reconcile } from '../src/audit/audit.ts';
import type { Ctx } from '../src/context.ts';
import { handlers, sweeps } from '../src/outbox/tasks.ts';
import { Killed } from './fault-points.ts';
import type { World } from './world.ts';

/*
 * The outbox without its worker: one task at a time, in an order that the simulation chooses, whether its time has
 * come or not. What is written is what graphile-worker writes: the lock before, the deletion or the back-off after, and
 * a dead worker's lock stays until somebody frees it.
 */

export type Task = { id: string; name: string; subject: string; attempts: number; lastError: string | null };

const worker = 'simulation';

type Handle = (ctx: Ctx, payload: never) => Promise<void>;

/** Real time would pass while it waits for a Stripe that a dead server never reaches again. */
const impatient: Record<string, Handle> = {
  'audit.reconcile': (ctx, payload) => reconcile(ctx, payload, { retryDelaysMs: [] }),
};

export async function readyTasks(world: World): Promise<Task[]> {
  const { rows } = await world.outside.query<Task>(`
    select jobs.id::text, identifier as name, payload::text as subject, attempts, last_error as "lastError"
    from graphile_worker._private_jobs as jobs join graphile_worker._private_tasks as tasks on tasks.id = task_id
    where locked_at is null and attempts < max_attempts order by jobs.id`);
  return rows;
}

/** Runs the task: 'done', 'failed: …' or 'killed'. */
export async function runTask(world: World, task: Task): Promise<string> {
  const { life, outside } = world;
  await outside.query(
    `update graphile_worker._private_jobs set locked_at = now(), locked_by = $2, attempts = attempts + 1 where id = $1`,
    [task.id, worker],
  );
  const handle = (impatient[task.name] ?? handlers[task.name as keyof typeof handlers]) as Handle;
  try {
    await handle(life.ctx, JSON.parse(task.subject) as never);
    life.points.requireLife();
  } catch (error) {
    if (life.points.isDead) return 'killed';
    const message = error instanceof Error ? error.message : String(error);
    await outside.query(
      `update graphile_worker._private_jobs set locked_at = null, locked_by = null, last_error = $2,
        run_at = now() + exp(least(attempts, 10)) * interval '1 second' where id = $1`,
      [task.id, message],
    );
    return `failed: ${message}`;
  }
  await outside.query('delete from graphile_worker._private_jobs where id = $1', [task.id]);
  return 'done';
}

/** What a starting server does with the tasks that the dead one had begun. */
export async function freeTasks(world: World): Promise<void> {
  await world.outside.query('select graphile_worker.force_unlock_workers(array[$1])', [worker]);
}

/** Runs one sweep; as in the server a failing one only waits for the next time. */
export async function runSweep(world: World, name: string): Promise<string> {
  const { life } = world;
  const sweep = sweeps.find((one) => one.name === name)!;
  try {
    await sweep.run(life.ctx);
    return life.points.isDead ? 'killed' : 'done';
  } catch (error) {
    if (life.points.isDead || error instanceof Killed) return 'killed';
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export const sweepNames = sweeps.map((sweep) => sweep.name);

/** Those that only forget what is over: no money waits for them. */
export const isForgetting = (name: string): boolean => name.startsWith('forget ');
