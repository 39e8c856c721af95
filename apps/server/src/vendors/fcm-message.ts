import type { Message } from 'firebase-admin/messaging';

/** What goes to one device; the texts are in its reader's language already. */
export type PushMessage = {
  token: string;
  title: string;
  body: string;
  /** What the app needs to open the right page. */
  data: Readonly<Record<string, string>>;
  /** Under which name Android lets people switch it off. */
  channel: string;
  /** Shown in place of an earlier one of the same name; what was sent twice is seen once. */
  tag: string;
  /** Shown together with others of the same name. */
  thread: string;
  /** One that waits for the device is replaced by a later one of the same name. */
  collapseKey?: string | undefined;
  /** Wakes a device that sleeps. */
  isUrgent: boolean;
  /** The number at the app's icon on iOS. */
  badge: number;
  /** How many things it tells of at once; Android adds these up at the icon by itself. */
  count: number;
  sentAt: Date;
  /** How long Firebase keeps it for a device that is away. */
  lifeMs: number;
};

/** The message as Firebase's SDK takes it. */
export function toFcmMessage(message: PushMessage): Message {
  const expiresAt = Math.floor((message.sentAt.getTime() + message.lifeMs) / 1000);
  const collapse = message.collapseKey === undefined ? {} : { collapseKey: message.collapseKey };
  return {
    token: message.token,
    notification: { title: message.title, body: message.body },
    data: { ...message.data },
    android: {
      ...collapse,
      priority: message.isUrgent ? 'high' : 'normal',
      ttl: message.lifeMs,
      notification: { channelId: message.channel, tag: message.tag, notificationCount: message.count },
    },
    apns: {
      headers: {
        'apns-priority': message.isUrgent ? '10' : '5',
        'apns-expiration': String(expiresAt),
        'apns-collapse-id': message.tag,
      },
      payload: { aps: { badge: message.badge, sound: 'default', threadId: message.thread } },
    },
    webpush: {
      headers: {
        TTL: String(Math.floor(message.lifeMs / 1000)),
        Urgency: message.isUrgent ? 'high' : 'normal',
      },
      notification: { tag: message.tag },
    },
  };
}
