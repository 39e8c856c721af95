import { randomBytes } from 'node:crypto';
import { devices } from '@holdfast/contract';
import type { Parcel } from '../src/notifications/channels/parcel.ts';
import type { Person } from './people.ts';
import type { World } from './world.ts';

let count = 0;

/** Something that a person is told, as the delivery hands it to a channel. */
export function parcelFor(world: World, person: Person, rest: Partial<Parcel> = {}): Parcel {
  count += 1;
  return {
    deliveryId: String(count),
    notificationId: `ntf_${String(count).padStart(22, '0')}`,
    userId: person.id,
    type: 'booking.confirmed',
    title: 'Carl has confirmed',
    message: 'Pay for “Repaint a kitchen” by Thursday.',
    data: { bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD', jobTitle: 'Repaint a kitchen', personName: 'Carl' },
    locale: 'en',
    timeZone: 'Europe/Vienna',
    email: person.email,
    unread: 3,
    reached: [],
    createdAt: world.clock.now(),
    ...rest,
  };
}

export const newDeviceToken = (start = ''): string =>
  `${start}${randomBytes(8).toString('hex')}:APA91b${randomBytes(20).toString('base64url')}`;

/** Registers a device by the API; answers its token. Tokens that begin as in local/fcm-errors.ts are answered so. */
export async function addDevice(person: Person, start = ''): Promise<string> {
  const token = newDeviceToken(start);
  await person.client.call(devices.register, { body: { token, platform: 'android' } });
  return token;
}
