import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import type { Ctx } from '../context.ts';

// Namespace of the advisory locks that say "the process of these workers lives"; any constant will do.
const lockNamespace = 4_127_002;
// Older than any registration can take, far younger than graphile-worker's own four hours.
const defaultGraceSeconds = 10;
// A host that vanished closes nothing: PostgreSQL asks the other end, and gives its lock up after these 25 seconds.
const keepAlive = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

export type LifeSign = {
  /** Says that what is locked in this name belongs to this process. If it cannot be written now, the next renewal does. */
  register(workerId: string): Promise<void>;
  /** Takes the lock again if its connection was lost, and writes again which workers are ours. */
  renew(): Promise<void>;
  release(): Promise<void>;
};

/** Holds an advisory lock on a connection of its own, so that PostgreSQL itself notices when this process dies. */
export async function giveLifeSign(ctx: Ctx): Promise<LifeSign> {
  const lockId = randomInt(2 ** 31 - 1);
  const workerIds = new Set<string>();
  let client = await lock(ctx, lockId);
  const write = async (workerId: string) => {
    await ctx.db
      .insertInto('outbox_workers')
      .values({ worker_id: workerId, lock_id: lockId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  };
  return {
    register: async (workerId) => {
      workerIds.add(workerId);
      await write(workerId);
    },
    renew: async () => {
      if (client.isBroken) client = await lock(ctx, lockId);
      // Without the lock, or without ever having been registered, they look dead to other processes.
      for (const workerId of workerIds) await write(workerId);
    },
    release: async () => {
      await ctx.db
        .deleteFrom('outbox_workers')
        .where('lock_id', '=', lockId)
        .execute()
        .catch(() => undefined);
      await client.connection.end().catch(() => undefined);
    },
  };
}

type LockHolder = { connection: pg.Client; isBroken: boolean };

async function lock(ctx: Ctx, lockId: number): Promise<LockHolder> {
  const connection = new pg.Client({
    connectionString: ctx.config.databaseUrl,
    application_name: 'holdfast worker',
    keepAlive: true,
    options: keepAlive,
  });
  const holder: LockHolder = { connection, isBroken: false };
  connection.on('error', () => {
    holder.isBroken = true;
  });
  connection.on('end', () => {
    holder.isBroken = true;
  });
  try {
    await connection.connect();
    await connection.query('select pg_advisory_lock($1, $2)', [lockNamespace, lockId]);
    return holder;
  } catch (error) {
    await connection.end().catch(() => undefined);
    throw error;
  }
}

/**
 * Frees the tasks that dead workers left locked: at once if their process was registered and its lock is gone, after
 * the grace if it died before it could register.
 */
export async function freeTasksOfTheDead(ctx: Ctx, graceSeconds = defaultGraceSeconds): Promise<void> {
  await sql`
    with alive as (
      select worker_id from outbox_workers
      join pg_locks on locktype = 'advisory' and classid = ${lockNamespace} and objid::bigint = lock_id and granted
        and database = (select oid from pg_database where datname = current_database())
    ), buried as (
      delete from outbox_workers where worker_id not in (select worker_id from alive) returning worker_id
    ), dead as (
      select distinct locked_by from graphile_worker.jobs
      where locked_by in (select worker_id from buried)
        or (locked_by not in (select worker_id from outbox_workers)
          and locked_at < now() - make_interval(secs => ${graceSeconds}))
    )
    select graphile_worker.force_unlock_workers(array(select locked_by from dead))
    where exists (select from dead)`.execute(ctx.db);
}
