import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idOf, Locale, Timestamp } from './fields.ts';

export const DeviceId = idOf('dev');
export const DevicePlatform = z.enum(['android', 'ios', 'web']).meta({ id: 'DevicePlatform' });
export type DevicePlatform = z.infer<typeof DevicePlatform>;

/** What Firebase gave the app for this installation. Whoever knows it can be sent to: it is never shown again. */
export const DeviceToken = z
  .string()
  .max(1024)
  .regex(/^[0-9A-Za-z_:.-]{20,1024}$/, 'must be a registration token of Firebase Cloud Messaging')
  .meta({
    description: 'the registration token of Firebase Cloud Messaging; never shown again',
    examples: [
      'dQw4w9WgXcQ:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ-hQMRKRrZuJAEcl7B338qju59zJMjw2DELjzEvxwYv7hH5',
    ],
  });

export const DeviceInput = z
  .strictObject({
    token: DeviceToken,
    platform: DevicePlatform,
    locale: Locale.optional().meta({
      description: 'of the app on this device; texts are in the language of the account',
    }),
  })
  .meta({
    examples: [
      {
        token:
          'dQw4w9WgXcQ:APA91bHPRgkF3JUikC4ENAHEeMrd41Zxv3hVZjC9KtT8OvPVGJ-hQMRKRrZuJAEcl7B338qju59zJMjw2DELjzEvxwYv7hH5',
        platform: 'android',
        locale: 'de-AT',
      },
    ],
  });
export type DeviceInput = z.output<typeof DeviceInput>;

export const Device = z
  .object({
    id: DeviceId,
    platform: DevicePlatform,
    locale: z.string().nullable(),
    isCurrent: z.boolean().meta({ description: 'registered by the session that asks' }),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.meta({ description: 'when the app registered it the last time' }),
  })
  .meta({
    id: 'Device',
    examples: [
      {
        id: 'dev_5qZr8Vb2NfK0tXy7WcL3mD',
        platform: 'android',
        locale: 'de-AT',
        isCurrent: true,
        createdAt: '2026-11-24T09:30:00.000Z',
        lastUsedAt: '2026-11-24T11:02:00.000Z',
      },
    ],
  });
export type Device = z.infer<typeof Device>;

export const mostDevices = 20;

const shared = { tag: 'Devices', access: 'user' } as const;

export const devices = {
  register: endpoint({
    ...shared,
    method: 'POST',
    path: '/api/devices',
    summary: 'Have push notifications sent to this device',
    description: `At every start of the app and whenever Firebase gives it a new token; the same token again is the same device. A token belongs to whoever registered it last, and to the session that did: when that ends, nothing is sent to it any more. Of more than ${mostDevices} devices the one that was not used for the longest time is dropped.`,
    body: DeviceInput,
    response: Device,
  }),
  list: endpoint({
    ...shared,
    method: 'GET',
    path: '/api/devices',
    summary: 'List my devices, the one used last first',
    response: z.object({ items: z.array(Device) }),
  }),
  remove: endpoint({
    ...shared,
    method: 'DELETE',
    path: '/api/devices/:id',
    summary: 'Send nothing to this device any more',
    description: 'Logging out does the same for the devices of the session.',
    params: z.strictObject({ id: DeviceId }),
    response: z.undefined(),
    status: 204,
  }),
};
