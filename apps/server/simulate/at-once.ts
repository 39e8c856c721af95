import type { Chance } from './chance.ts';
import { interleave } from './interleaving.ts';
import type { World } from './world.ts';

/** Runs all of them at once, in an interleaving that the seed decides; throws what any of them throws. */
export async function atOnce<T>(
  world: World,
  chance: Chance,
  works: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const isBlocked = async (processId: number) => {
    const { rows } = await world.outside.query<{ blocked: boolean }>(
      'select cardinality(pg_blocking_pids($1)) > 0 as blocked',
      [processId],
    );
    return rows[0]!.blocked;
  };
  const settled = await interleave(chance, isBlocked, works);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
