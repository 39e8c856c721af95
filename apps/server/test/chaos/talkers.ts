import { type ChatSocket, connectChat, type SocketClass } from '@holdfast/client';
import { chat as api, type Message, type Room } from '@holdfast/contract';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import type { Person } from '../people.ts';
import { patiently } from './patiently.ts';

/** One device of somebody, with the client that applications use, and all that it was told of one room. */
export type Talker = {
  person: Person;
  room: Room;
  chat: ChatSocket;
  heard: Message[];
  /** By what was written here: where it was said to stand. */
  acknowledged: Map<string, number>;
  /** How many frames were sent to send messages, again or not. */
  sends(): number;
};

/** Comes back soon, and not at the same moment as the others. */
const random = () => 0.1 * Math.random();

export function connectTalker(port: number, person: Person, room: Room): Talker {
  let sends = 0;
  class CountingSocket extends WebSocket {
    override send(text: string): void {
      if (text.includes('"type":"send"')) sends += 1;
      super.send(text);
    }
  }
  const chat = connectChat({
    url: `ws://127.0.0.1:${port}`,
    accessToken: async () => person.accessToken,
    WebSocket: CountingSocket as unknown as SocketClass,
    seen: { [room.id]: 0 },
    random,
  });
  const heard: Message[] = [];
  chat.on('message', (message) => heard.push(message));
  return { person, room, chat, heard, acknowledged: new Map(), sends: () => sends };
}

/** Resolves once it is acknowledged, however long that takes. */
export async function say(talker: Talker, text: string): Promise<void> {
  const { seq } = await talker.chat.send(talker.room.id, { message: text });
  talker.acknowledged.set(text, seq);
}

/** All of a room, by REST. */
export async function storedIn(room: Room, person: Person): Promise<Message[]> {
  const all: Message[] = [];
  for (let hasMore = true; hasMore; ) {
    const query = { afterSeq: String(all.at(-1)?.seq ?? 0), limit: '100' };
    const page = await patiently(() => person.client.call(api.history, { params: { id: room.id }, query }));
    all.push(...page.messages);
    hasMore = page.hasMore;
  }
  return all;
}

/** What the devices of one room have written is there once, where it was said to be, and each has heard it in that order. */
export async function expectWhole(talkers: readonly Talker[]): Promise<void> {
  const { room, person } = talkers[0]!;
  const written = new Map(talkers.flatMap(({ acknowledged }) => [...acknowledged]));
  const stored = await storedIn(room, person);
  const places = stored.map(({ message, seq }) => [message, seq] as const);
  expect(places.map(([, seq]) => seq)).toEqual(Array.from({ length: written.size }, (_, at) => at + 1));
  expect(new Map(places)).toEqual(written);
  for (const { heard } of talkers) {
    await expect.poll(() => heard.length).toBe(places.length);
    expect(heard.map(({ message, seq }) => [message, seq])).toEqual(places);
  }
}
