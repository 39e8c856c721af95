import type { Application, ApplicationChange } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import type { Tx } from '../../db/connect.ts';
import type { ApplicationRow } from '../../db/tables/jobs.ts';
import { inTransaction } from '../../db/transaction.ts';
import { conflict, notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';
import { requireCurrency } from './quote.ts';
import { readApplication } from './rows.ts';

/** Changes quote or message of the actor's own open application. Errors: not_found, conflict. */
export function changeApplication(
  ctx: Ctx,
  actor: Actor,
  id: string,
  change: ApplicationChange,
): Promise<Application> {
  return inTransaction(ctx.db, async (tx) => {
    const application = await lockOwnOpen(tx, actor, id);
    // The currency of an open application is the job's: it cannot change under it.
    if (change.quote !== undefined)
      requireCurrency(change.quote, application.currency, 'body.quote.currency');
    await tx
      .updateTable('applications')
      .set({ quote_minor: change.quote?.amount, message: change.message, updated_at: ctx.clock.now() })
      .where('id', '=', id)
      .execute();
    return readApplication(tx, id);
  });
}

/** Takes the actor's own open application back. Errors: not_found, conflict. */
export function withdrawApplication(ctx: Ctx, actor: Actor, id: string): Promise<Application> {
  return inTransaction(ctx.db, async (tx) => {
    await lockOwnOpen(tx, actor, id);
    await tx
      .updateTable('applications')
      .set({ status: 'withdrawn', updated_at: ctx.clock.now() })
      .where('id', '=', id)
      .execute();
    return readApplication(tx, id);
  });
}

async function lockOwnOpen(tx: Tx, actor: Actor, id: string): Promise<ApplicationRow> {
  const application = await tx
    .selectFrom('applications')
    .selectAll()
    .where('id', '=', id)
    .where('contractor_id', '=', actor.userId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (application === undefined) throw notFound('application');
  if (application.status !== 'open') throw conflict(`This application is ${application.status}.`);
  return application;
}
