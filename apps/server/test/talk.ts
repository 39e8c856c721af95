import { once } from 'node:events';
import type { ClientFrame, Room, ServerFrame, ServerFrameOf } from '@holdfast/contract';
import { chat } from '@holdfast/contract';
import { WebSocket } from 'ws';
import type { Person } from './people.ts';

type WithoutId<F> = F extends { id: string } ? Omit<F, 'id'> : never;

/** One device of somebody, raw: every frame it hears is kept. */
export type Device = {
  heard: ServerFrame[];
  socket: WebSocket;
  /** Sends a frame and waits for the one that answers it. */
  ask(frame: WithoutId<ClientFrame>): Promise<ServerFrame>;
  /** Waits until this has been heard, and answers it. */
  hear<T extends ServerFrame['type']>(
    type: T,
    matches?: (frame: ServerFrameOf<T>) => boolean,
  ): Promise<ServerFrameOf<T>>;
  close(): Promise<void>;
};

export async function connectDevice(port: number, person: Person): Promise<Device> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  socket.on('error', () => undefined);
  const heard: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    heard.push(JSON.parse(String(data)) as ServerFrame);
    for (const look of waiting) look();
  });
  await once(socket, 'open');
  let count = 0;
  const until = <F>(find: () => F | undefined, what: string): Promise<F> =>
    new Promise((resolve, reject) => {
      const end = (done: () => void) => {
        waiting.delete(look);
        clearTimeout(timer);
        done();
      };
      const look = () => {
        const found = find();
        if (found !== undefined) end(() => resolve(found));
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`not heard: ${what}; ${JSON.stringify(heard).slice(-2000)}`))),
        20_000,
      );
      waiting.add(look);
      look();
    });
  const device: Device = {
    heard,
    socket,
    ask: (frame) => {
      count += 1;
      const id = `f${count}`;
      socket.send(JSON.stringify({ ...frame, id }));
      return until(() => heard.find((one) => 'id' in one && one.id === id), `an answer to ${frame.type}`);
    },
    hear: (type, matches = () => true) =>
      until(
        () =>
          heard.find(
            (one): one is ServerFrameOf<typeof type> => one.type === type && matches(one as never),
          ) as never,
        type,
      ),
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
  const answer = await device.ask({ type: 'authenticate', accessToken: person.accessToken });
  if (answer.type !== 'ready') throw new Error(`not ready: ${JSON.stringify(answer)}`);
  return device;
}

/** The room of a customer with a contractor. */
export const openRoomOf = (customer: Person, contractor: Person): Promise<Room> =>
  customer.client.call(chat.openRoom, { body: { userId: contractor.id } });

let names = 0;
export const newName = (): string => {
  names += 1;
  return `client-message-${names}`;
};
