import type { Client } from '@holdfast/client';
import { devices, type Notification, notifications } from '@holdfast/contract';
import type { Play } from './journey.ts';
import { as, type Player } from './player.ts';
import type { Theatre } from './theatre.ts';

export type Watch = {
  /** A line for each notification that somebody got since the last time: who, where, and what it says. */
  news(): Promise<string[]>;
};

/**
 * Watches what both are told: their lists through the API, and beside them the mailbox and what the stand-in for Firebase
 * was asked to push, as the pages /dev/mail and /dev/push show it.
 */
export function watchNotifications(theatre: Theatre, play: Play): Watch {
  const seen = new Set<string>();
  const phones = new Set<Player>();
  const newsOf = async (player: Player): Promise<string[]> => {
    if (player.accessToken === undefined) return [];
    if (!phones.has(player)) {
      await as(play.stage, player, registerPhone(player));
      phones.add(player);
    }
    const { items } = await as(play.stage, player, (client) =>
      client.call(notifications.list, { query: { limit: '100' } }),
    );
    const fresh = items.filter(({ id }) => !seen.has(id)).reverse();
    for (const { id } of fresh) seen.add(id);
    return fresh.map((one) => `${player.name.padEnd(7)} ${placesOf(theatre, player, one)} ${one.title}`);
  };
  return {
    news: async () => {
      await theatre.settled();
      return [...(await newsOf(play.customer)), ...(await newsOf(play.contractor))];
    },
  };
}

const registerPhone = (player: Player) => (client: Client) =>
  client.call(devices.register, {
    body: { token: `demo-${player.name.toLowerCase()}:${'phone'.repeat(20)}`, platform: 'android' },
  });

function placesOf({ mailbox, fcm }: Theatre, player: Player, { id, title }: Notification): string {
  const isPushed = fcm.pushes().some(({ message }) => message.data?.notificationId === id);
  const isMailed = mailbox
    .messages()
    .some(({ to, subject }) => to.includes(player.email) && subject === title);
  return `[list${isPushed ? ', push' : ''}${isMailed ? ', mail' : ''}]`.padEnd(18);
}
