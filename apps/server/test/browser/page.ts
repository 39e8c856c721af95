import { type ChatSocket, connectChat, createClient } from '@holdfast/client';
import { chat as api } from '@holdfast/contract';

/* What runs in the browser: one device of somebody, as in ../chaos/talkers.ts. */

export type PageTalker = {
  connect(socketUrl: string, accessToken: string, roomId: string): void;
  /** Resolves with its place once it is acknowledged. */
  say(text: string): Promise<number>;
  state(): ChatSocket['state'];
  /** Words and places, in the order in which they came. */
  heard(): [text: string, seq: number][];
  markRead(seq: number): void;
  roomIds(apiUrl: string, accessToken: string): Promise<string[]>;
};

declare global {
  var talker: PageTalker;
}

let chat: ChatSocket;
let room = '';
const heard: [string, number][] = [];

globalThis.talker = {
  connect: (url, accessToken, roomId) => {
    room = roomId;
    // Of the browser's own: sockets, timers, random numbers. Only the delays are shorter.
    chat = connectChat({
      url,
      accessToken: async () => accessToken,
      seen: { [roomId]: 0 },
      random: () => 0.1 * Math.random(),
    });
    chat.on('message', ({ message, seq }) => heard.push([message, seq]));
  },
  say: async (message) => (await chat.send(room, { message })).seq,
  state: () => chat.state,
  heard: () => heard,
  markRead: (seq) => chat.markRead(room, seq),
  roomIds: async (apiUrl, accessToken) => {
    const { items } = await createClient(apiUrl, accessToken).call(api.rooms, { query: {} });
    return items.map(({ id }) => id);
  },
};
