import type { FileVariant } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';
import { type PurposeRules, picturesOf, presentPicture, removePictureOf } from '../files/files.ts';
import type { Actor } from '../http/authenticate.ts';
import { lockActive } from './people.ts';

/** What belongs to the uploader's own account: no other object can be named. */
export function ownAccount(actor: Actor, given: string | undefined): string {
  if (given !== undefined && given !== actor.userId) throw notFound('account');
  return actor.userId;
}

/** One picture a person; a new one replaces it. */
export const profilePictures: PurposeRules = {
  kinds: ['image'],
  maximum: 1,
  objectOf: ownAccount,
  requirePlace: async (tx, _actor, userId) => void (await lockActive(tx, userId)),
  makeRoom: (ctx, tx, userId) => removePictureOf(tx, ctx.clock.now(), userId),
  mayRead: async () => true,
  isPublic: true,
};

/** Where this person's picture is fetched. Throws not_found if there is none, or no such member. */
export async function locatePicture(
  ctx: Ctx,
  userId: string,
  variant: FileVariant = 'small',
): Promise<string> {
  const user = await ctx.db
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .where('suspended_at', 'is', null)
    .executeTakeFirst();
  const picture = user === undefined ? undefined : (await picturesOf(ctx.db, [userId])).get(userId);
  if (picture === undefined) throw notFound('picture');
  return presentPicture(picture)[variant];
}
