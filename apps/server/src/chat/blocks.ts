import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { invalidField, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';

/** Whether one of the two blocks the other. */
export async function areBlocked(db: Db | Tx, one: string, other: string): Promise<boolean> {
  const block = await db
    .selectFrom('blocks')
    .select('blocker_id')
    .where((where) =>
      where.or([
        where.and([where('blocker_id', '=', one), where('blocked_id', '=', other)]),
        where.and([where('blocker_id', '=', other), where('blocked_id', '=', one)]),
      ]),
    )
    .executeTakeFirst();
  return block !== undefined;
}

/** Blocks somebody; again changes nothing. Throws not_found for nobody, validation_failed for oneself. */
export async function block(ctx: Ctx, actor: Actor, userId: string): Promise<void> {
  if (userId === actor.userId) throw invalidField('params.id', 'is yourself');
  await requireAccount(ctx, userId);
  await ctx.db
    .insertInto('blocks')
    .values({ blocker_id: actor.userId, blocked_id: userId, created_at: ctx.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Lifts a block; that there was none is fine. Throws not_found for nobody. */
export async function unblock(ctx: Ctx, actor: Actor, userId: string): Promise<void> {
  await requireAccount(ctx, userId);
  await ctx.db
    .deleteFrom('blocks')
    .where('blocker_id', '=', actor.userId)
    .where('blocked_id', '=', userId)
    .execute();
}

async function requireAccount(ctx: Ctx, userId: string): Promise<void> {
  const user = await ctx.db.selectFrom('users').select('id').where('id', '=', userId).executeTakeFirst();
  if (user === undefined) throw notFound('account');
}
