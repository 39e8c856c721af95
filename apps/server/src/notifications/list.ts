import type { AdminNotification, InputOf, Notification, notifications, Page } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { badCursor, decodeCursor, defaultPageSize, pageFrom } from '../db/cursor.ts';
import type { NotificationRow } from '../db/tables/notifications.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { deliveriesOfMany } from './deliveries.ts';
import { presentForAdmin, presentNotification } from './present.ts';

/** The actor's own list, newest first. */
export async function listOwn(
  ctx: Ctx,
  actor: Actor,
  query: InputOf<typeof notifications.list>['query'],
): Promise<Page<Notification>> {
  let select = rowsOf(ctx, actor.userId, query).where('is_listed', '=', true).where('deleted_at', 'is', null);
  if (query.unread === 'true') select = select.where('read_at', 'is', null);
  return pageFrom(await select.execute(), query.limit ?? defaultPageSize, presentNotification, position);
}

/** All that a person was told, also what is not in their list any more, with its deliveries. Throws not_found. */
export async function listOfPerson(
  ctx: Ctx,
  query: InputOf<typeof notifications.ofPerson>['query'],
): Promise<Page<AdminNotification>> {
  const select = rowsOf(ctx, query.userId, query);
  const person = await ctx.db
    .selectFrom('users')
    .select(['locale', 'time_zone'])
    .where('id', '=', query.userId)
    .executeTakeFirst();
  if (person === undefined) throw notFound('account');
  const rows = await select.execute();
  const reader = { locale: person.locale, timeZone: person.time_zone };
  const deliveries = await deliveriesOfMany(ctx, rows);
  return pageFrom(
    rows,
    query.limit ?? defaultPageSize,
    (row) => presentForAdmin(row, reader, deliveries.get(row.id) ?? []),
    position,
  );
}

const listName = 'notifications';
const position = ({ seq }: NotificationRow) => [listName, seq];

/** In the order in which they were written, which is that of their causes; times may be equal. */
function rowsOf(
  ctx: Ctx,
  userId: string,
  query: { cursor?: string | undefined; limit?: number | undefined },
) {
  let select = ctx.db
    .selectFrom('notifications')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('seq', 'desc')
    .limit((query.limit ?? defaultPageSize) + 1);
  if (query.cursor !== undefined) {
    const [list, lastSeq] = decodeCursor(query.cursor, ['string', 'number']);
    if (list !== listName || !Number.isSafeInteger(lastSeq)) throw badCursor();
    select = select.where('seq', '<', lastSeq);
  }
  return select;
}
