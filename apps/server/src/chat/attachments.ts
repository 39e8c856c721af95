import { conflict } from '../errors.ts';
import type { PurposeRules } from '../files/files.ts';

const byMessage = () => conflict('Files of a chat are attached by the message that names them.');

/** What is sent with a message: uploaded first, attached by the message, seen by the room as long as the message is. */
export const chatFiles: PurposeRules = {
  kinds: ['image', 'pdf', 'document', 'text'],
  maximum: 10,
  objectOf: (_actor, given) => {
    if (given !== undefined) throw byMessage();
    return null;
  },
  requirePlace: async () => {
    throw byMessage();
  },
  mayRead: async (db, viewer, messageId) => {
    const room = await db
      .selectFrom('messages')
      .innerJoin('rooms', 'rooms.id', 'messages.room_id')
      .select(['rooms.customer_id', 'rooms.contractor_id'])
      .where('messages.id', '=', messageId)
      .where('messages.deleted_at', 'is', null)
      // Held back, they are for their sender, who is not asked about here.
      .where('messages.is_held', '=', false)
      .executeTakeFirst();
    return room?.customer_id === viewer.userId || room?.contractor_id === viewer.userId;
  },
};
