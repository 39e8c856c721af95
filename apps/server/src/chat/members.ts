import type { Ctx } from '../context.ts';
import { notFound } from '../errors.ts';

/** The two people of a room. They never change, so what was read once holds for ever. */
export type Members = { customerId: string; contractorId: string };

const mostRemembered = 50_000;

export type MemberCache = {
  /** At once if it is known. Undefined if there is no such room. */
  known(roomId: string): Members | undefined;
  load(roomId: string): Promise<Members | undefined>;
};

/** Remembers the members of the rooms that were asked for most recently. */
export function createMemberCache(ctx: Ctx): MemberCache {
  const rooms = new Map<string, Members>();
  const remember = (roomId: string, members: Members) => {
    if (rooms.size >= mostRemembered) rooms.delete(rooms.keys().next().value!);
    rooms.set(roomId, members);
    return members;
  };
  return {
    known: (roomId) => rooms.get(roomId),
    load: async (roomId) => {
      const found = rooms.get(roomId);
      if (found !== undefined) return found;
      const row = await ctx.db
        .selectFrom('rooms')
        .select(['customer_id', 'contractor_id'])
        .where('id', '=', roomId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return remember(roomId, { customerId: row.customer_id, contractorId: row.contractor_id });
    },
  };
}

/** The other member of the room. To anybody else the room does not exist: throws not_found. */
export function otherMember(members: Members | undefined, userId: string): string {
  if (members?.customerId === userId) return members.contractorId;
  if (members?.contractorId === userId) return members.customerId;
  throw notFound('room');
}
