import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ClientFrame, Message, MessagePage, Page, Room } from '@holdfast/contract';
import type { WebSocket } from 'ws';
import { commonWord, type LongRoom, rareMessages, rareWord } from './long-room.ts';

/** One way of reading that is measured, and what its answer has to be. */
export type Reading = {
  name: string;
  /** The answer as text: to read it is not the server's work. */
  ask(room: LongRoom, turn: number): Promise<string>;
  isRight(answer: unknown, room: LongRoom, turn: number): boolean;
};

const limit = 50;
const pageOfSearch = 20;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
export const closeAgent = (): void => agent.destroy();

/** Another stretch every time, near the middle. */
const middleOf = (length: number, turn: number) =>
  Math.floor(length / 2) + ((turn * 97) % Math.floor(length / 10));

const isStretch = (answer: unknown, firstSeq: number) => {
  const { messages } = answer as MessagePage;
  return messages.length === limit && messages.every(({ seq }, index) => seq === firstSeq + index);
};

const stretches = [
  {
    name: `the last ${limit}`,
    place: (_room: LongRoom, _turn: number) => ({}),
    firstSeq: ({ length }: LongRoom, _turn: number) => length - limit + 1,
  },
  {
    name: `the first ${limit}`,
    place: (_room: LongRoom, _turn: number) => ({ afterSeq: 0 }),
    firstSeq: (_room: LongRoom, _turn: number) => 1,
  },
  {
    name: `${limit} around the middle`,
    place: ({ length }: LongRoom, turn: number) => ({ afterSeq: middleOf(length, turn) }),
    firstSeq: ({ length }: LongRoom, turn: number) => middleOf(length, turn) + 1,
  },
];

/** Over one kept connection, with all that a request goes through: token, rate limit, validation. */
export function readingsByRest(apiUrl: string): Reading[] {
  const get = (room: LongRoom, path: string, query: Record<string, string | number>) => {
    const url = new URL(path, apiUrl);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return fetchText(url, room.viewer.accessToken);
  };
  const search = (name: string, word: string, found: number): Reading => ({
    name: `REST, ${name}`,
    ask: (room) => get(room, '/api/messages', { q: word, limit: pageOfSearch }),
    isRight: (answer) => {
      const { items } = answer as Page<Message>;
      return items.length === found && items.every(({ message }) => message.split(' ').includes(word));
    },
  });
  return [
    ...stretches.map(({ name, place, firstSeq }) => ({
      name: `REST, ${name}`,
      ask: (room: LongRoom, turn: number) =>
        get(room, `/api/rooms/${room.roomId}/messages`, { ...place(room, turn), limit }),
      isRight: (answer: unknown, room: LongRoom, turn: number) => isStretch(answer, firstSeq(room, turn)),
    })),
    {
      name: 'REST, list of 21 rooms',
      ask: (room) => get(room, '/api/rooms', { limit: 50 }),
      isRight: (answer) => (answer as Page<Room>).items.length === 21,
    },
    {
      name: 'REST, a room with none read',
      ask: (room) => get(room, `/api/rooms/${room.roomId}`, {}),
      isRight: (answer) => (answer as Room).unread === 100,
    },
    search('search of a rare word', rareWord, rareMessages),
    search('search of a common word', commonWord, pageOfSearch),
  ];
}

/** The same stretches by `sync`. The socket is the viewer's, and authenticated. */
export function readingsBySocket(socketOf: (room: LongRoom) => WebSocket): Reading[] {
  return stretches.map(({ name, place, firstSeq }) => ({
    name: `socket, ${name}`,
    ask: (room, turn) => {
      const socket = socketOf(room);
      const { promise, resolve } = Promise.withResolvers<string>();
      socket.once('message', (data) => resolve(String(data)));
      const { roomId } = room;
      socket.send(
        JSON.stringify({
          type: 'sync',
          id: `s${turn}`,
          roomId,
          ...place(room, turn),
          limit,
        } satisfies ClientFrame),
      );
      return promise;
    },
    isRight: (answer, room, turn) =>
      (answer as { id: string }).id === `s${turn}` && isStretch(answer, firstSeq(room, turn)),
  }));
}

function fetchText(url: URL, token: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
    text(response).then((body) => {
      if (response.statusCode === 200) resolve(body);
      else reject(new Error(`GET ${url.href}: ${response.statusCode} ${body}`));
    }, reject);
  })
    .on('error', reject)
    .end();
  return promise;
}
