import { createLiveChat } from '../src/chat/live.ts';
import { createSockets, type SocketOptions, type Sockets } from '../src/ws/sockets.ts';
import type { World } from './world.ts';

/** The sockets of a world, on the same chat as its REST. */
export function liveSockets(world: World, options: SocketOptions = {}): Sockets {
  const live = createLiveChat(world.ctx, world.chat);
  const sockets = createSockets(world.ctx, live, options);
  return {
    ...sockets,
    stop: async () => {
      await sockets.stop();
      live.close();
    },
  };
}
