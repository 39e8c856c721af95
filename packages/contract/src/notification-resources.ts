import { z } from 'zod';
import { idOf, Timestamp, TimeZone } from './fields.ts';
import { currencies } from './money.ts';
import {
  adminTypes,
  moneyTypes,
  notificationChannels,
  notificationTypes,
  securityTypes,
} from './notification-types.ts';

/** What people are told, what became of it, and what they want to be told. */

export const NotificationId = idOf('ntf');

export const NotificationType = z
  .enum(notificationTypes)
  .meta({ id: 'NotificationType', examples: ['booking.confirmed'] });
export type NotificationType = z.infer<typeof NotificationType>;

export const NotificationChannel = z.enum(notificationChannels).meta({
  id: 'NotificationChannel',
  description: 'in_app: the list and the live frame on the socket · pusher: where the platform uses Pusher',
});
export type NotificationChannel = z.infer<typeof NotificationChannel>;

/** Channels that cannot be switched off. */
export const requiredChannels: Partial<Record<NotificationType, readonly NotificationChannel[]>> =
  Object.fromEntries([
    ...securityTypes.map((type) => [type, ['in_app', 'email']]),
    ...[...moneyTypes, ...adminTypes].map((type) => [type, ['in_app']]),
  ]);

export const exampleNotification = {
  id: 'ntf_5qZr8Vb2NfK0tXy7WcL3mD',
  user: 'usr_1aBc2dEf3gHi4jKl5mNo6p',
  type: 'booking.confirmed' as const,
  title: 'Carl has confirmed',
  message: 'Carl will do “Repaint a kitchen”. Pay now, and the money is held until the work is done.',
  readStatus: 'unread' as const,
  timestamp: '2026-11-24T09:30:00.000Z',
  readAt: null,
  route: '/bookings/bkg_5qZr8Vb2NfK0tXy7WcL3mD',
  metadata: {
    bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
    jobId: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
    jobTitle: 'Repaint a kitchen',
    personName: 'Carl',
  },
};

const id = z.string().optional();

export const NotificationMetadata = z
  .object({
    jobId: id,
    applicationId: id,
    bookingId: id,
    roomId: id,
    messageId: id,
    paymentId: id,
    payoutId: id,
    disputeId: id,
    reviewId: id,
    refundId: id,
    chargebackId: id,
    jobTitle: z.string().optional(),
    personName: z.string().optional(),
    amountMinor: z.int().optional().meta({ description: 'in the smallest unit of the currency' }),
    currency: z.enum(currencies).optional(),
    count: z.int().optional().meta({ description: 'messages of the room that are unread; 100 means more' }),
    preview: z.string().optional().meta({ description: 'the beginning of the newest message' }),
    rating: z.int().optional(),
    deadline: Timestamp.optional(),
    city: z.string().optional(),
    device: z.string().optional(),
    side: z.enum(['customer', 'contractor']).optional().meta({ description: 'which of the two one is' }),
  })
  .meta({
    id: 'NotificationMetadata',
    description: 'What it is about: ids for deep links, and what the text is made of',
    examples: [exampleNotification.metadata],
  });
export type NotificationMetadata = z.infer<typeof NotificationMetadata>;

export const Notification = z
  .object({
    id: NotificationId,
    user: z.string(),
    type: NotificationType,
    title: z.string().meta({ description: 'at most 100 characters, in the language of the account' }),
    message: z.string().meta({ description: 'at most 300 characters' }),
    readStatus: z.enum(['read', 'unread']),
    timestamp: Timestamp,
    readAt: Timestamp.nullable(),
    route: z.string().meta({
      description:
        'the page of the app that it leads to: as in its push, at Pusher and behind the button of its mail',
    }),
    metadata: NotificationMetadata,
  })
  .meta({ id: 'Notification', examples: [exampleNotification] });
export type Notification = z.infer<typeof Notification>;

export const DeliveryState = z.enum(['queued', 'sent', 'failed', 'suppressed']).meta({ id: 'DeliveryState' });
export type DeliveryState = z.infer<typeof DeliveryState>;

const exampleDelivery = {
  channel: 'push' as const,
  state: 'suppressed' as const,
  reason: 'no_device',
  heldFor: null,
  attempts: 1,
  nextAttemptAt: null,
  sentAt: null,
  createdAt: exampleNotification.timestamp,
};

export const NotificationDelivery = z
  .object({
    channel: NotificationChannel,
    state: DeliveryState,
    reason: z.string().nullable().meta({
      description:
        'why it failed, was suppressed or is still waiting: a short code such as switched_off, no_device, read, bounced, unavailable; summarised: it went out together with others',
    }),
    heldFor: z
      .enum(['quiet', 'digest'])
      .nullable()
      .meta({ description: 'waits for the end of the quiet hours, or for the next digest' }),
    attempts: z.int(),
    nextAttemptAt: Timestamp.nullable(),
    sentAt: Timestamp.nullable().meta({
      description:
        'when the service took it; with state queued, one of several devices has it and the others are still tried',
    }),
    createdAt: Timestamp,
  })
  .meta({ id: 'NotificationDelivery', examples: [exampleDelivery] });
export type NotificationDelivery = z.infer<typeof NotificationDelivery>;

export const AdminNotification = Notification.extend({
  isListed: z.boolean().meta({ description: 'false: the person has switched the list off for this type' }),
  deletedAt: Timestamp.nullable().meta({ description: 'when the person removed it from the list' }),
  deliveries: z.array(NotificationDelivery),
}).meta({
  id: 'AdminNotification',
  examples: [{ ...exampleNotification, isListed: true, deletedAt: null, deliveries: [exampleDelivery] }],
});
export type AdminNotification = z.infer<typeof AdminNotification>;

const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of the day such as 22:00')
  .meta({ examples: ['22:00'] });

const switches = { in_app: z.boolean(), push: z.boolean(), email: z.boolean(), pusher: z.boolean() };
const ChannelSwitches = z.strictObject(switches).meta({ id: 'ChannelSwitches' });
export type ChannelSwitches = z.infer<typeof ChannelSwitches>;
const SomeChannelSwitches = z.strictObject(switches).partial().meta({ id: 'ChannelSwitchesPatch' });

/** One optional field for each type. */
const forEachType = <T extends z.ZodType>(value: T) =>
  Object.fromEntries(notificationTypes.map((type) => [type, value.optional()])) as Record<
    NotificationType,
    z.ZodOptional<T>
  >;

const QuietHours = z
  .strictObject({ from: TimeOfDay, to: TimeOfDay })
  .refine(({ from, to }) => from !== to, 'must not begin when they end');

export const JobDigest = z.enum(['instant', 'hourly', 'daily']).meta({ id: 'JobDigest' });

const examplePreferences = {
  channels: { 'booking.confirmed': { in_app: true, push: true, email: true, pusher: true } },
  required: { 'payment.received': ['in_app' as const] },
  quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Vienna' },
  jobDigest: 'instant' as const,
  hidesMessageText: false,
};

export const NotificationPreferences = z
  .object({
    channels: z.object(forEachType(ChannelSwitches)).meta({
      description: 'for each type that concerns this person, whether it comes on each channel',
    }),
    required: z.object(forEachType(z.array(NotificationChannel))).meta({
      description: 'channels that cannot be switched off for a type',
    }),
    quietHours: z.object({ from: TimeOfDay, to: TimeOfDay, timeZone: TimeZone }).nullable().meta({
      description:
        'Push and e-mail wait until they end, and come as one summary then; what is about the security of the account does not wait. In the time zone of the account.',
    }),
    jobDigest: JobDigest.meta({ description: 'how often new jobs are told by push and e-mail' }),
    hidesMessageText: z.boolean().meta({ description: 'push and e-mail do not show what was written' }),
  })
  .meta({ id: 'NotificationPreferences', examples: [examplePreferences] });
export type NotificationPreferences = z.infer<typeof NotificationPreferences>;

const channelChanges = z.strictObject(forEachType(SomeChannelSwitches));

/** What is left out of `channels` goes back to its default. */
export const NotificationPreferencesInput = z
  .strictObject({
    channels: channelChanges,
    quietHours: QuietHours.nullable(),
    jobDigest: JobDigest,
    hidesMessageText: z.boolean(),
  })
  .meta({
    examples: [
      {
        channels: { 'message.received': { email: false } },
        quietHours: { from: '22:00', to: '07:00' },
        jobDigest: 'daily',
        hidesMessageText: true,
      },
    ],
  });
export type NotificationPreferencesInput = z.output<typeof NotificationPreferencesInput>;

export const NotificationPreferencesPatch = NotificationPreferencesInput.partial().meta({
  examples: [{ channels: { 'job.posted': { push: false } } }, { quietHours: null }],
});
export type NotificationPreferencesPatch = z.output<typeof NotificationPreferencesPatch>;
