import { afterAll, beforeAll, expect } from 'vitest';
import { openDatabase, type SimulationDatabase } from '../../simulate/database.ts';
import { type Played, playSequence } from '../../simulate/sequence.ts';
import { createWorld, type World } from '../../simulate/world.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';

/** The simulated world of one test file, opened before its tests and closed after them. */
export function useSimulation(): () => World {
  let created: TestDatabase;
  let database: SimulationDatabase;
  let world: World;
  beforeAll(async () => {
    created = await createTestDatabase();
    database = await openDatabase(created.url, { isMigrated: true });
    world = await createWorld(database);
  });
  afterAll(async () => {
    await world.close();
    await database.close();
    await created.drop();
  });
  return () => world;
}

/** Always the same sequences, so that the same code passes or fails; SIMULATE_SEED asks for others. */
export const usualSeed = process.env.SIMULATE_SEED ?? '2026-11-24';
const sequences = Number(process.env.SIMULATE_SEQUENCES ?? 120);
const files = 2;

/** This file's share of the sequences. A failure says how to replay it, and shows what had happened. */
export async function playShare(world: World, share: number): Promise<void> {
  for (let index = share; index <= sequences; index += files) {
    // Long and short ones: some bugs need a past, others hide behind it.
    const steps = 8 + (index % 5) * 2;
    const played = await playSequence(world, `${usualSeed}-${index}`, steps);
    expect(played.failure, describe(played)).toBeUndefined();
  }
}

const describe = ({ seed, steps, failedAt, trace }: Played): string =>
  `${trace.join('\n')}\n\nfailed at ${failedAt}; replay: npm run simulate -- --seed ${seed} --steps ${steps}`;
