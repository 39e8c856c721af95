import { forgetPeak, peakOf, processorTimeOf, type Server } from '../child.ts';
import { type Connections, runAll } from './requests.ts';

/** One way of doing the same thing; the first of a contest is what the others are compared with. */
export type Contestant = {
  name: string;
  server: Server;
  /** Does it once and resolves to the bytes of the file that went over. */
  operation: (connection: number) => Promise<number>;
};
export type Contest = { name: string; operations: number; contestants: Contestant[] };

type Round = { perSecond: number; bytesPerSecond: number; processorMs: number; peakBytes: number };

/**
 * Lets them do it in turns, so that what else the machine does meets all alike, and each round in another order. One
 * round before is not counted; before each, `prepare` is called. Resolves to lines for the table.
 */
export async function compete(
  connections: Connections,
  contest: Contest,
  rounds: number,
  prepare: () => Promise<void>,
): Promise<string[]> {
  const { contestants, operations } = contest;
  const results = contestants.map((): Round[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    await prepare();
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const index = (round + turn) % contestants.length;
      const result = await measure(
        connections,
        contestants[index]!,
        round === 0 ? connections.count : operations,
      );
      if (round > 0) results[index]!.push(result);
    }
  }
  return contestants.map(({ name }, index) =>
    line([
      `${contest.name} ${name}`,
      median(results[index]!.map(({ perSecond }) => perSecond)).toFixed(1),
      (median(results[index]!.map(({ bytesPerSecond }) => bytesPerSecond)) / 1e6).toFixed(1),
      median(results[index]!.map(({ processorMs }) => processorMs)).toFixed(1),
      (Math.max(...results[index]!.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0),
      // Of each round by itself: both of a pair had the same machine.
      median(results[index]!.map((one, round) => results[0]![round]!.perSecond / one.perSecond)).toFixed(2),
      median(results[index]!.map((one, round) => one.processorMs / results[0]![round]!.processorMs)).toFixed(
        2,
      ),
    ]),
  );
}

async function measure(
  connections: Connections,
  { server, operation }: Contestant,
  operations: number,
): Promise<Round> {
  await forgetPeak(server.pid);
  const before = (await processorTimeOf(server.pid)) ?? Number.NaN;
  let bytes = 0;
  const seconds = await runAll(connections, operations, async (connection) => {
    // Not +=, which would read the sum before it waits.
    const moved = await operation(connection);
    bytes += moved;
  });
  const after = (await processorTimeOf(server.pid)) ?? Number.NaN;
  return {
    perSecond: operations / seconds,
    bytesPerSecond: bytes / seconds,
    processorMs: (after - before) / operations,
    peakBytes: (await peakOf(server.pid)) ?? Number.NaN,
  };
}

const widths = [34, 9, 9, 9, 10, 14, 11];

export const line = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)))
    .join('');

export const heading = line(['', 'ops/s', 'MB/s', 'CPU ms', 'peak MiB', 'times slower', 'times CPU']);

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
};
