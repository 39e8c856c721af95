import type { ServerFrame } from '@holdfast/contract';
import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { Hub } from '../ws/hub.ts';
import type { Chat } from './chat.ts';
import { readRooms } from './rooms.ts';

/**
 * After a time in which other processes could not be heard: tells everybody here how their newest rooms stand, with
 * receipts and presence, which nobody says twice. One person after the other, so that it is no rush.
 */
export async function retellRooms(ctx: Ctx, chat: Chat, hub: Hub, most: number): Promise<void> {
  for (const userId of hub.people())
    await hub
      .tellFirst(userId, async () => {
        const rooms = await readRooms(ctx, chat.whoIsOnline.bind(chat), userId, sql`true`, most);
        return rooms.map(({ lastMessageAt: _sorting, ...room }) =>
          JSON.stringify({ type: 'room', room } satisfies ServerFrame),
        );
      })
      .catch((error) => ctx.log.warn({ err: error }, 'rooms could not be told again'));
}
