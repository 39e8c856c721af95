import type { chat as api, InputOf } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { newId } from '../ids.ts';

/**
 * Tells the platform about a person, or about a message they sent to the actor, which is kept as it reads now. The same
 * message again changes nothing. Throws not_found.
 */
export async function report(
  ctx: Ctx,
  actor: Actor,
  { userId, messageId, reason, description }: InputOf<typeof api.report>['body'],
): Promise<void> {
  const user = await ctx.db.selectFrom('users').select('id').where('id', '=', userId).executeTakeFirst();
  if (user === undefined) throw notFound('account');
  const text = messageId === undefined ? null : await receivedText(ctx, actor, userId, messageId);
  await ctx.db
    .insertInto('reports')
    .values({
      id: newId('rep'),
      reporter_id: actor.userId,
      user_id: userId,
      message_id: messageId ?? null,
      reason,
      description,
      message_text: text,
      created_at: ctx.clock.now(),
    })
    .onConflict((conflict) => conflict.constraint('reports_once').doNothing())
    .execute();
}

async function receivedText(ctx: Ctx, actor: Actor, senderId: string, messageId: string): Promise<string> {
  const message = await ctx.db
    .selectFrom('messages')
    .innerJoin('rooms', 'rooms.id', 'messages.room_id')
    .select('messages.body')
    .where('messages.id', '=', messageId)
    .where('messages.sender_id', '=', senderId)
    .where((where) =>
      where.or([
        where('rooms.customer_id', '=', actor.userId),
        where('rooms.contractor_id', '=', actor.userId),
      ]),
    )
    .executeTakeFirst();
  if (message === undefined) throw notFound('message');
  return message.body;
}
