import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Balancer = { port: number; close(): Promise<void> };

/** One address for several servers, as a load balancer gives: each connection goes to the next one that answers. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const pass = (socket: Socket, triesLeft: number): void => {
    if (triesLeft === 0) {
      socket.destroy();
      return;
    }
    const server = connect(ports[turn++ % ports.length]!, '127.0.0.1');
    server.once('error', () => pass(socket, triesLeft - 1));
    server.once('connect', () => join(socket, server));
  };
  const listener = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
    pass(socket, ports.length);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    close: async () => {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** What ends on one side ends on the other. */
function join(one: Socket, other: Socket): void {
  other.removeAllListeners('error');
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroy());
    from.pipe(to);
  }
}
