import type { File, files, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError, conflict } from '../errors.ts';
import { arrangeFiles, filesOf, type PurposeRules, presentFiles, presentPublic } from '../files/files.ts';
import type { Actor } from '../http/authenticate.ts';
import { readContractorPage } from './contractor-profile.ts';
import { lockActive } from './people.ts';
import { ownAccount } from './pictures.ts';

/** What a contractor has done, for everybody to see; new pictures come last. */
export const portfolio: PurposeRules = {
  kinds: ['image'],
  maximum: 30,
  objectOf: ownAccount,
  requirePlace: async (tx, actor, userId) => {
    if (actor.role !== 'contractor') throw new AppError('forbidden', 'Only contractors have a portfolio.');
    await lockActive(tx, userId);
  },
  mayRead: async () => true,
  isPublic: true,
};

/** The portfolio of a contractor who may work, in their order. Throws not_found. */
export async function readPortfolio(ctx: Ctx, userId: string): Promise<{ items: File[] }> {
  await readContractorPage(ctx, userId);
  return { items: presentPublic(await filesOf(ctx.db, 'portfolio', userId)) };
}

/** Puts one's portfolio in order and writes its captions. Throws conflict if it does not name each picture once. */
export function arrangePortfolio(
  ctx: Ctx,
  actor: Actor,
  { items }: InputOf<typeof files.arrangePortfolio>['body'],
): Promise<{ items: File[] }> {
  return inTransaction(ctx.db, async (tx) => {
    await lockActive(tx, actor.userId);
    const isComplete = await arrangeFiles(tx, ctx.clock.now(), 'portfolio', actor.userId, items);
    if (!isComplete) throw conflict('Name every picture of the portfolio, as it is now, exactly once.');
    return {
      items: await presentFiles(
        ctx,
        actor.userId,
        await filesOf(tx, 'portfolio', actor.userId, actor.userId),
      ),
    };
  });
}
