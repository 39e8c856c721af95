import type { Ctx } from '../../apps/server/src/context.ts';
import { makePeople, makeRooms, settleTables } from './people.ts';

/** Two people with a room; their tokens are what they authenticate with. */
export type Pair = { roomId: string; tokens: [string, string] };

/** As many customers and contractors, each two of them with a room. */
export async function makePairs(ctx: Ctx, count: number): Promise<Pair[]> {
  const customers = await makePeople(ctx, Array<'customer'>(count).fill('customer'));
  const contractors = await makePeople(ctx, Array<'contractor'>(count).fill('contractor'));
  const roomIds = await makeRooms(
    ctx,
    customers.map((customer, index) => ({ customerId: customer.id, contractorId: contractors[index]!.id })),
  );
  await settleTables(ctx);
  return roomIds.map((roomId, index) => ({
    roomId,
    tokens: [customers[index]!.accessToken, contractors[index]!.accessToken],
  }));
}

/** The same for servers that believe whatever they are told. */
export const barePairs = (pairs: readonly Pair[]): Pair[] =>
  pairs.map(({ roomId }) => ({
    roomId,
    tokens: [`${roomId} ${'customer'.padEnd(26, '0')}`, `${roomId} ${'contractor'.padEnd(26, '0')}`],
  }));

export const tokensOf = (pairs: readonly Pair[]): string[] => pairs.flatMap(({ tokens }) => tokens);
