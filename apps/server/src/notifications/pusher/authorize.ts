import { type pusher as api, type InputOf, pusherChannelOf } from '@holdfast/contract';
import type { Ctx } from '../../context.ts';
import { AppError, notFound } from '../../errors.ts';
import type { Actor } from '../../http/authenticate.ts';

/** Lets a connection to Pusher listen to the actor's own channel, and to no other. Throws not_found or forbidden. */
export async function authorizePusher(
  ctx: Ctx,
  actor: Actor,
  input: InputOf<typeof api.authorize>['body'],
): Promise<{ auth: string }> {
  if (ctx.pusher === undefined) throw notFound('Pusher here');
  if (input.channel_name !== pusherChannelOf(actor.userId))
    throw new AppError('forbidden', 'Only your own channel, private-user-<your id>, is signed.');
  return ctx.pusher.authorize(input.socket_id, input.channel_name);
}
