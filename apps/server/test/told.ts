import { type Notification, notifications } from '@holdfast/contract';
import type { Outcome } from '../src/notifications/channels/outcome.ts';
import type { Parcel } from '../src/notifications/channels/parcel.ts';
import type { OutsideChannel } from '../src/notifications/lanes.ts';
import { deliverNotifications, type Senders } from '../src/notifications/notifications.ts';
import type { TaskHandlers } from '../src/outbox/worker.ts';
import type { Person } from './people.ts';

/** Senders that keep what they are given, and answer what a test says. */
export type Post = {
  handlers: Pick<TaskHandlers, 'notifications.deliver'>;
  senders: Senders;
  /** What was taken, in its order. */
  sent: Record<OutsideChannel, Parcel[]>;
  /** What is answered from now on; undefined: everything is taken. */
  answer: (channel: OutsideChannel, parcel: Parcel) => Outcome | undefined;
  titlesTo(channel: OutsideChannel, person: Person): string[];
  typesTo(channel: OutsideChannel, person: Person): string[];
};

export function startPost(): Post {
  const sent: Post['sent'] = { push: [], email: [], pusher: [] };
  const sender =
    (channel: OutsideChannel): Senders[OutsideChannel] =>
    async (_ctx, parcels) =>
      parcels.map((parcel) => {
        const outcome = post.answer(channel, parcel) ?? { kind: 'sent' };
        if (outcome.kind === 'sent') sent[channel].push(parcel);
        return outcome;
      });
  const senders: Senders = { push: sender('push'), email: sender('email'), pusher: sender('pusher') };
  const to = (channel: OutsideChannel, person: Person) =>
    sent[channel].filter(({ userId }) => userId === person.id);
  const post: Post = {
    senders,
    handlers: { 'notifications.deliver': deliverNotifications(senders) },
    sent,
    answer: () => undefined,
    titlesTo: (channel, person) => to(channel, person).map(({ title }) => title),
    typesTo: (channel, person) => to(channel, person).map(({ type }) => type),
  };
  return post;
}

/** The newest notifications of somebody, newest first. */
export const listOf = async (person: Person): Promise<Notification[]> =>
  (await person.client.call(notifications.list, { query: { limit: '100' } })).items;

/** Types of what somebody was told, oldest first. */
export const toldTo = async (person: Person): Promise<string[]> =>
  (await listOf(person)).map(({ type }) => type).reverse();
