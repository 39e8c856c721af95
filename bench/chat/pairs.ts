import { createClient } from '@holdfast/client';
import type { Ctx } from '../../apps/server/src/context.ts';
import { newId } from '../../apps/server/src/ids.ts';
import { createPerson } from '../../apps/server/test/people.ts';

/** Two people with a room; their tokens are what they authenticate with. */
export type Pair = { roomId: string; tokens: [string, string] };

/** As many customers and contractors, each two of them with a room. */
export async function makePairs(ctx: Ctx, count: number): Promise<Pair[]> {
  const world = { ctx, client: createClient('http://127.0.0.1:9') };
  const now = ctx.clock.now();
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index += 1) {
    const customer = await createPerson(world, { role: 'customer' });
    const contractor = await createPerson(world, { role: 'contractor' });
    const id = newId('rom');
    await ctx.db
      .insertInto('rooms')
      .values({
        id,
        customer_id: customer.id,
        contractor_id: contractor.id,
        last_message_at: now,
        created_at: now,
      })
      .execute();
    await ctx.db
      .insertInto('room_members')
      .values([customer.id, contractor.id].map((userId) => ({ room_id: id, user_id: userId })))
      .execute();
    pairs.push({ roomId: id, tokens: [customer.accessToken, contractor.accessToken] });
  }
  return pairs;
}

/** The same for servers that believe whatever they are told. */
export const barePairs = (pairs: readonly Pair[]): Pair[] =>
  pairs.map(({ roomId }) => ({
    roomId,
    tokens: [`${roomId} ${'customer'.padEnd(26, '0')}`, `${roomId} ${'contractor'.padEnd(26, '0')}`],
  }));
