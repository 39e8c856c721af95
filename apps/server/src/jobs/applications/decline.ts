import type { Application } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';
import { conflict, notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { applicationRows, readApplication } from './rows.ts';

/** The customer turns an open application for their job down. Errors: not_found, conflict. */
export function declineApplication(ctx: Ctx, actor: Actor, id: string): Promise<Application> {
  return inTransaction(ctx.db, async (tx) => {
    const application = await applicationRows(tx)
      .where('applications.id', '=', id)
      .forNoKeyUpdate('applications')
      .executeTakeFirst();
    if (application === undefined || application.customer_id !== actor.userId) throw notFound('application');
    if (application.status !== 'open') throw conflict(`This application is ${application.status}.`);
    await tx
      .updateTable('applications')
      .set({ status: 'declined', updated_at: ctx.clock.now() })
      .where('id', '=', id)
      .execute();
    return readApplication(tx, id);
  });
}
