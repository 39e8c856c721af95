import { type ClientFrame, type ServerFrame, socketSubprotocol } from '@holdfast/contract';
import { WebSocket } from 'ws';

export type Outgoing = { index: number; roomId: string; clientMessageId: string; message: string };

/** What a frame that came says about the messages that were sent. */
export type Hearing = { accepted(index: number): void; delivered(message: string): void };

/**
 * How a kind of server is spoken to. The socket below is the same plain one for all, so that the generator's own work is
 * as small and as equal as it can be: of socket.io's client nothing is needed but the text of its frames.
 */
export type Protocol = {
  /** A connection on which nothing has been said yet. */
  dial(url: string): WebSocket;
  /** Says who it is. Rejects unless it is let in. */
  authenticate(socket: WebSocket, token: string): Promise<void>;
  frameOf(outgoing: Outgoing): string;
  read(text: string, hearing: Hearing): void;
};

const options = { perMessageDeflate: false };

/** The frames of our contract. The bare servers speak them as well. */
export const plainProtocol: Protocol = {
  dial: (url) => new WebSocket(url, socketSubprotocol, options),
  authenticate: async (socket, accessToken) => {
    await openingOf(socket);
    const answer = nextText(socket);
    socket.send(JSON.stringify({ type: 'authenticate', id: 'a', accessToken } satisfies ClientFrame));
    const text = await answer;
    if ((JSON.parse(text) as ServerFrame).type !== 'ready') throw new Error(`not let in: ${text}`);
  },
  frameOf: ({ index, ...message }) =>
    JSON.stringify({ type: 'send', id: String(index), ...message } satisfies ClientFrame),
  read: (text, hearing) => {
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.type === 'accepted') hearing.accepted(Number(frame.id));
    else if (frame.type === 'message') hearing.delivered(frame.message.message);
  },
};

/**
 * Engine.IO 4 and Socket.IO 5 over WebSocket: `0` opens, `2` and `3` are ping and pong, `40` enters with a token, `42` is an
 * event, which with a number asks for an acknowledgement, `43` with the same number is that.
 */
export const socketIoProtocol: Protocol = {
  dial: (url) => {
    const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, options);
    socket.on('message', (data: Buffer) => {
      if (data.length === 1 && data[0] === ping) socket.send('3');
    });
    return socket;
  },
  authenticate: async (socket, token) => {
    const opened = await nextText(socket);
    if (!opened.startsWith('0{')) throw new Error(`not let in: ${opened}`);
    const answer = nextText(socket);
    socket.send(`40${JSON.stringify({ token })}`);
    const text = await answer;
    if (!text.startsWith('40{')) throw new Error(`not let in: ${text}`);
  },
  frameOf: ({ index, ...message }) => `42${index}${JSON.stringify(['send', message])}`,
  read: (text, hearing) => {
    if (text.startsWith('43')) hearing.accepted(Number.parseInt(text.slice(2), 10));
    else if (text.startsWith('42')) {
      const [event, { message }] = JSON.parse(text.slice(2)) as [string, { message: string }];
      if (event === 'message') hearing.delivered(message);
    }
  },
};

const ping = '2'.charCodeAt(0);

/** Resolves once it is open; rejects if that fails. */
export function openingOf(socket: WebSocket): Promise<void> {
  return untilHeard(socket, 'open').then(() => undefined);
}

const nextText = async (socket: WebSocket) => String(await untilHeard(socket, 'message'));

function untilHeard(socket: WebSocket, event: 'open' | 'message'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = () => {
      socket.off(event, hear);
      socket.off('error', fail);
      socket.off('close', close);
    };
    const hear = (data?: unknown) => {
      end();
      resolve(data);
    };
    const fail = (error: Error) => {
      end();
      reject(error);
    };
    const close = (code: number) => fail(new Error(`closed with ${code} instead of an answer`));
    socket.on(event, hear);
    socket.on('error', fail);
    socket.on('close', close);
  });
}
