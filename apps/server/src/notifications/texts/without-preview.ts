import type { NotificationData, NotificationType } from '../kinds.ts';
import { type Reader, textOf } from './text-of.ts';

type Told = { type: NotificationType; title: string; message: string; data: NotificationData };

/** The same without what somebody wrote: for screens that others may see, and for admins. */
export function withoutPreview({ type, title, message, data }: Told, reader: Reader): Omit<Told, 'type'> {
  if (data.preview === undefined) return { title, message, data };
  const { preview: _private, ...rest } = data;
  return { ...textOf(type, rest, reader), data: rest };
}
