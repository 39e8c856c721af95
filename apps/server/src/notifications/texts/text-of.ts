import type { NotificationData, NotificationType } from '../kinds.ts';

export type Reader = { locale: string; timeZone: string };

/** Title ≤ 100, message ≤ 300 characters. */
export function textOf(
  type: NotificationType,
  data: NotificationData,
  _reader: Reader,
): { title: string; message: string } {
  const about = [data.personName, data.jobTitle, data.preview].filter(Boolean).join(': ');
  return { title: type.slice(0, 100), message: about.slice(0, 300) };
}

/** For several that were held back. */
export function summaryOf(
  kind: 'digest' | 'quiet',
  items: { type: NotificationType; title: string }[],
  _reader: Reader,
): { title: string; message: string } {
  return {
    title: `${items.length} new ${kind === 'digest' ? 'jobs' : 'notifications'}`,
    message: items
      .map(({ title }) => title)
      .join(', ')
      .slice(0, 300),
  };
}
