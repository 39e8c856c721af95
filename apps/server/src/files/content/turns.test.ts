import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

/** Runs tasks of these sizes, and says what was going on whenever one began. */
async function play(sizes: readonly number[], limit: number, room: number) {
  const takeTurn = createTurns(limit, room);
  const running = new Set<number>();
  const begun: { task: number; together: number; size: number }[] = [];
  await Promise.allSettled(
    sizes.map((size, task) =>
      takeTurn(size, async () => {
        running.add(task);
        const total = [...running].reduce((sum, one) => sum + sizes[one]!, 0);
        begun.push({ task, together: running.size, size: total });
        for (let step = 0; step < (task % 3) + 1; step += 1) await new Promise(setImmediate);
        running.delete(task);
        if (task % 4 === 3) throw new Error('a failing task');
      }),
    ),
  );
  return begun;
}

test('no more run at once than there are places, in the order in which they came, failing ones included', async () => {
  const begun = await play(Array(40).fill(1), 2, 100);
  expect(begun.map(({ task }) => task)).toEqual(Array.from({ length: 40 }, (_one, index) => index));
  expect(Math.max(...begun.map(({ together }) => together))).toBe(2);
});

test('what runs at once fits into the room, and what is larger than it runs alone', async () => {
  const begun = await play([12, 12, 25, 3, 3, 40, 20, 6, 1], 2, 25);
  expect(begun).toHaveLength(9);
  for (const { together, size } of begun) expect(together === 1 || size <= 25).toBe(true);
  expect(begun.filter(({ together }) => together === 2).map(({ task }) => task)).toEqual([1, 4, 8]);
});

test('a large one is not overtaken by small ones for which there would be room', async () => {
  const begun = await play([12, 25, 3, 3], 2, 25);
  expect(begun.map(({ task }) => task)).toEqual([0, 1, 2, 3]);
});

test('the answer and the error of a task are those of its turn', async () => {
  const takeTurn = createTurns(1, 1);
  await expect(takeTurn(1, async () => 'done')).resolves.toBe('done');
  await expect(takeTurn(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(takeTurn(1, async () => 'again')).resolves.toBe('again');
});
