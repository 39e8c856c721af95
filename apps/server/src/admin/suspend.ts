import type { AdminUser } from '@holdfast/contract';
import { reinstateUser, suspendUser } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { hideJobs } from '../jobs/jobs.ts';
import { presentUser } from './present.ts';
import { recordAdminAction } from './record.ts';

/** Suspends anybody but oneself; their jobs leave the market. Throws not_found or conflict. */
export async function suspend(ctx: Ctx, actor: Actor, userId: string, reason: string): Promise<AdminUser> {
  if (userId === actor.userId) throw conflict('You cannot suspend yourself.');
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    const user = await suspendUser(tx, now, userId);
    await hideJobs(tx, userId, true);
    await recordAdminAction(tx, now, {
      adminId: actor.userId,
      action: 'user.suspend',
      subject: userId,
      details: { reason },
    });
    return presentUser(user);
  });
}

/** Ends a suspension; their jobs are back. Throws not_found or conflict. */
export async function reinstate(ctx: Ctx, actor: Actor, userId: string, reason: string): Promise<AdminUser> {
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    const user = await reinstateUser(tx, now, userId);
    await hideJobs(tx, userId, false);
    await recordAdminAction(tx, now, {
      adminId: actor.userId,
      action: 'user.reinstate',
      subject: userId,
      details: { reason },
    });
    return presentUser(user);
  });
}
