import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../test/world.ts';
import { minuteMs } from './clock.ts';
import { requirePlace, takePlace } from './rate-limits.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world.stop());

const limit = (maximum: number) => ({ name: `test-${crypto.randomUUID()}`, maximum, windowMs: minuteMs });

describe('a limit', () => {
  test('lets exactly its maximum through, however many come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const one = limit(7);
      const answers = await Promise.all(Array.from({ length: 40 }, () => takePlace(world.ctx, one, 'a')));
      expect(answers.filter((answer) => answer.isAllowed)).toHaveLength(7);
    }
  });

  test('counts each subject and each name by itself', async () => {
    const one = limit(1);
    expect((await takePlace(world.ctx, one, 'a')).isAllowed).toBe(true);
    expect((await takePlace(world.ctx, one, 'a')).isAllowed).toBe(false);
    expect((await takePlace(world.ctx, one, 'b')).isAllowed).toBe(true);
    expect((await takePlace(world.ctx, limit(1), 'a')).isAllowed).toBe(true);
  });

  test('opens again when its window ends, not later for those who kept asking', async () => {
    const one = limit(2);
    await takePlace(world.ctx, one, 'a');
    world.clock.advance(40_000);
    await takePlace(world.ctx, one, 'a');
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await takePlace(world.ctx, one, 'a')).toEqual({ isAllowed: false, retryAfterSeconds: 20 });
    world.clock.advance(20_000);
    expect((await takePlace(world.ctx, one, 'a')).isAllowed).toBe(true);
    expect((await takePlace(world.ctx, one, 'a')).isAllowed).toBe(true);
    expect((await takePlace(world.ctx, one, 'a')).isAllowed).toBe(false);
  });

  test('survives a restart: it is kept in PostgreSQL', async () => {
    const one = limit(1);
    await takePlace(world.ctx, one, 'a');
    const { rows } = await world.ctx.pool.query('select taken from rate_limits where key = $1', [
      `${one.name}:a`,
    ]);
    expect(rows).toEqual([{ taken: 1 }]);
  });

  test('refuses with the time to wait', async () => {
    const one = limit(0);
    await expect(requirePlace(world.ctx, one, 'a')).rejects.toMatchObject({
      code: 'rate_limited',
      details: { retryAfterSeconds: 60 },
    });
  });
});
