import { test } from 'vitest';
import { playShare, useSimulation, usualSeed } from './simulation.ts';

const world = useSimulation();

test(`random people, faults and deaths leave nothing wrong behind: seed ${usualSeed}, part 1`, async () => {
  await playShare(world(), 1);
}, 1_800_000);
