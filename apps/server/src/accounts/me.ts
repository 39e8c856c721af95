import type { accounts, InputOf, Me } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentMe } from './present.ts';

/** The actor's own account. */
export async function readMe(ctx: Ctx, actor: Actor): Promise<Me> {
  const user = await ctx.db
    .selectFrom('users')
    .selectAll()
    .where('id', '=', actor.userId)
    .executeTakeFirstOrThrow();
  return presentMe(ctx.db, user);
}

/** Changes what is given and leaves the rest. */
export async function updateMe(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof accounts.updateMe>['body'],
): Promise<Me> {
  const user = await ctx.db
    .updateTable('users')
    .set({
      updated_at: ctx.clock.now(),
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.locale === undefined ? {} : { locale: input.locale }),
      ...(input.timeZone === undefined ? {} : { time_zone: input.timeZone }),
    })
    .where('id', '=', actor.userId)
    // A request that was on its way while the account was deleted must not put the name back.
    .where('deleted_at', 'is', null)
    .returningAll()
    .executeTakeFirstOrThrow(() => notFound('account'));
  return presentMe(ctx.db, user);
}
