import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import {
  AdminNotification,
  Notification,
  NotificationDelivery,
  NotificationId,
  NotificationPreferences,
  NotificationPreferencesInput,
  NotificationPreferencesPatch,
} from './notification-resources.ts';
import { pageOf, pageQuery } from './pages.ts';
import { UserId } from './people.ts';

const one = z.strictObject({ id: NotificationId });
const shared = { tag: 'Notifications', access: 'user' } as const;
const unread = z
  .int()
  .min(0)
  .meta({ description: 'for the badge; 999 means that many or more', examples: [3] });
export const UnreadCount = z.object({ unread }).meta({ id: 'UnreadCount', examples: [{ unread: 3 }] });

export const notifications = {
  list: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/notifications',
    summary: 'List what I was told, newest first',
    query: z.strictObject({
      unread: z.literal('true').optional().meta({ description: 'only unread ones' }),
      ...pageQuery,
    }),
    response: pageOf(Notification),
  }),
  unreadCount: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/notifications/unread-count',
    summary: 'How many are unread',
    response: UnreadCount,
  }),
  read: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/notifications/:id/read',
    summary: 'Mark one as read',
    description:
      'Done again it changes nothing. Reading a room of the chat marks what is about it by itself.',
    params: one,
    response: Notification,
  }),
  readAll: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/notifications/read-all',
    summary: 'Mark all as read',
    response: UnreadCount,
  }),
  remove: endpoint({
    ...shared,
    method: 'DELETE',
    path: '/api/notifications/:id',
    summary: 'Remove one from my list',
    params: one,
    response: z.undefined(),
    status: 204,
  }),
  deliveries: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/notifications/:id/deliveries',
    summary: 'What became of one on each channel',
    params: one,
    response: z.object({ items: z.array(NotificationDelivery) }),
  }),
  preferences: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/notification-preferences',
    summary: 'What I want to be told, and how',
    response: NotificationPreferences,
  }),
  replacePreferences: endpoint({
    ...shared,
    method: 'PUT',
    path: '/api/notification-preferences',
    summary: 'Say all of it anew',
    description: 'Channels that are not named go back to their defaults.',
    body: NotificationPreferencesInput,
    response: NotificationPreferences,
    errors: ['unprocessable'],
  }),
  changePreferences: endpoint({
    ...shared,
    method: 'PATCH',
    path: '/api/notification-preferences',
    summary: 'Change some of it',
    description: 'What is not named stays as it is, also within `channels`.',
    body: NotificationPreferencesPatch,
    response: NotificationPreferences,
    errors: ['unprocessable'],
  }),
  ofPerson: endpoint({
    method: 'GET',
    path: '/api/admin/notifications',
    tag: 'Admin',
    summary: 'What a person was told, and what became of it on each channel',
    access: 'admin',
    query: z.strictObject({ userId: UserId, ...pageQuery }),
    response: pageOf(AdminNotification),
    errors: ['not_found'],
  }),
};
