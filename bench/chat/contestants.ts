import { systemClock } from '../../apps/server/src/clock.ts';
import { closeContext, createContext } from '../../apps/server/src/context.ts';
import { migrate } from '../../apps/server/src/db/migrate.ts';
import { createLog } from '../../apps/server/src/log.ts';
import { type BenchConfig, configOf } from '../bench-config.ts';
import { type Child, type Server, startChild } from '../child.ts';
import { barePairs, makePairs, type Pair } from './pairs.ts';
import { startDurablePostgres } from './postgres.ts';
import { type Protocol, plainProtocol, socketIoProtocol } from './protocols.ts';
import type { BareSettings } from './serve-bare.ts';

/** A server with the PostgreSQL behind it, if there is one, how it is spoken to and whom it knows. */
export type Contestant = {
  server: Server & Pick<Child<unknown>, 'memory'>;
  postgres: number | undefined;
  protocol: Protocol;
  pairs: Pair[];
};

export type Contestants = {
  holdfast: Contestant;
  relay: Contestant;
  plain: Contestant;
  socketIo: Contestant;
};

/** Runs the task with every server in a process of its own, one PostgreSQL behind them, and nothing left afterwards. */
export async function withContestants(
  pairCount: number,
  task: (contestants: Contestants) => Promise<void>,
): Promise<void> {
  const postgres = await startDurablePostgres();
  const running: Server[] = [];
  const start = async (name: string, file: string, settings: BenchConfig | BareSettings) => {
    const { started, ...child } = await startChild<{ url: string }>(`chat/${file}`, settings);
    const server = { name, ...child, url: started.url };
    running.push(server);
    return server;
  };
  try {
    await migrate(postgres.url);
    const config: BenchConfig = { databaseUrl: postgres.url, uploadDir: '/nonexistent' };
    const ctx = createContext(configOf(config), systemClock, createLog('error'));
    const pairs = await makePairs(ctx, pairCount).finally(() => closeContext(ctx));
    const strangers = { pairs: barePairs(pairs), protocol: plainProtocol };
    const kept = { databaseUrl: postgres.url };
    await task({
      holdfast: {
        server: await start('Holdfast', 'serve-holdfast.ts', config),
        postgres: postgres.pid,
        protocol: plainProtocol,
        pairs,
      },
      relay: {
        ...strangers,
        server: await start('ws alone, nothing kept', 'serve-bare.ts', {}),
        postgres: undefined,
      },
      plain: {
        ...strangers,
        server: await start('ws, one INSERT each', 'serve-bare.ts', kept),
        postgres: postgres.pid,
      },
      socketIo: {
        ...strangers,
        server: await start('socket.io, one INSERT each', 'serve-socket-io.ts', kept),
        postgres: postgres.pid,
        protocol: socketIoProtocol,
      },
    });
  } finally {
    for (const server of running) await server.stop();
    await postgres.stop();
  }
}
