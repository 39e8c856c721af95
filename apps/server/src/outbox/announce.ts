import type { BookingEvent } from '@holdfast/contract';
import type { Tx } from '../db/connect.ts';
import { enqueue } from './enqueue.ts';

/**
 * Has the chat of the booking's two people say what happened, once it is committed. `about` tells things apart that can
 * happen to a booking more than once: the id of the refund, of the dispute.
 */
export const announce = (tx: Tx, bookingId: string, event: BookingEvent, about?: string): Promise<void> =>
  enqueue(tx, 'chat.announce', {
    bookingId,
    event,
    key: [event, bookingId, about].filter(Boolean).join(' '),
  });
