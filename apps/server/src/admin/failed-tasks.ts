import type { FailedTask, Page } from '@holdfast/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { PageRequest } from '../db/newest-first.ts';
import { inTransaction } from '../db/transaction.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { recordAdminAction } from './record.ts';

type TaskRow = {
  id: number;
  task: string;
  payload: Record<string, unknown>;
  attempts: number;
  last_error: string | null;
  created_at: Date;
  updated_at: Date;
};

const list = 'outbox.id';
const maximumErrorLength = 1000;

/** Outbox tasks that have used up their attempts, newest first. */
export async function listFailedTasks(ctx: Ctx, request: PageRequest): Promise<Page<FailedTask>> {
  const limit = request.limit ?? defaultPageSize;
  let after = sql<boolean>`true`;
  if (request.cursor !== undefined) {
    const [of, id] = decodeCursor(request.cursor, ['string', 'string']);
    if (of !== list || !/^\d{1,15}$/.test(id)) throw badCursor();
    after = sql`jobs.id < ${id}::bigint`;
  }
  const rows = await failedTasks(ctx.db, sql`${after} order by jobs.id desc limit ${limit + 1}`);
  return pageFrom(rows, limit, present, (row) => [list, String(row.id)]);
}

/** Makes a task that gave up due now, with all its attempts before it. Throws not_found for any other task. */
export async function retryTask(ctx: Ctx, actor: Actor, taskId: string): Promise<FailedTask> {
  return inTransaction(ctx.db, async (tx) => {
    // Locked, so that of two who retry one is told that there is nothing to retry any more.
    const [task] = await failedTasks(tx, sql`jobs.id = ${taskId}::bigint for update of jobs`);
    if (task === undefined) throw notFound('failed outbox task');
    await sql`select graphile_worker.reschedule_jobs(array[${taskId}::bigint], run_at => now(), attempts => 0)`.execute(
      tx,
    );
    await recordAdminAction(tx, ctx.clock.now(), {
      adminId: actor.userId,
      action: 'outbox.retry',
      subject: `task_${taskId}`,
      details: { task: task.task, ...namesIn(task.payload) },
    });
    return present({ ...task, attempts: 0 });
  });
}

/** What the task runner keeps to itself in its public view: payload and the attempts that are left. */
async function failedTasks(db: Db | Tx, which: RawBuilder<unknown>): Promise<TaskRow[]> {
  const { rows } = await sql<TaskRow>`
    select jobs.id, tasks.identifier as task, jobs.payload, jobs.attempts, jobs.last_error, jobs.created_at,
      jobs.updated_at
    from graphile_worker._private_jobs as jobs join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
    where jobs.attempts >= jobs.max_attempts and jobs.locked_at is null and ${which}`.execute(db);
  return rows;
}

const present = (row: TaskRow): FailedTask => ({
  id: String(row.id),
  task: row.task,
  names: namesIn(row.payload),
  attempts: row.attempts,
  lastError: row.last_error?.slice(0, maximumErrorLength) ?? null,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

/** The ids of a payload; what else is in it (an old e-mail address) stays where it is. */
const namesIn = (payload: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(payload).filter(
      (pair): pair is [string, string] => pair[0].endsWith('Id') && typeof pair[1] === 'string',
    ),
  );
