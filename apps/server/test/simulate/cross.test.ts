import { expect, test } from 'vitest';
import { crossFlow } from '../../simulate/cross.ts';
import { flows } from '../../simulate/flows/flows.ts';
import { useSimulation } from './simulation.ts';

/** Every flow of money, killed before and after each commit and each call to Stripe, and left without each answer. */

const world = useSimulation();

for (const flow of flows)
  test(`${flow.name}: a death at any point, or a lost answer, changes nothing in the end`, async () => {
    const { points, played, failures } = await crossFlow(world(), flow, ['death', 'lost answer']);
    expect(failures).toEqual([]);
    // A flow that crosses nothing proves nothing.
    expect(points.length).toBeGreaterThan(5);
    expect(played).toBeGreaterThanOrEqual(points.length);
  }, 600_000);
