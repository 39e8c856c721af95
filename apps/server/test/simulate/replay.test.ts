import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { atOnce } from '../../simulate/at-once.ts';
import { chanceOf } from '../../simulate/chance.ts';
import { createPerson } from '../../simulate/people.ts';
import { playSequence } from '../../simulate/sequence.ts';
import { useSimulation } from './simulation.ts';

const world = useSimulation();

test('the same seed gives the same trace to the last letter, another seed another one', async () => {
  for (const seed of ['a', 'b', 'c', 'd', 'e']) {
    const first = await playSequence(world(), seed, 30);
    // What was played in between must not matter.
    await playSequence(world(), `${seed} something else`, 20);
    const second = await playSequence(world(), seed, 30);
    expect(second.trace).toEqual(first.trace);
    expect(second.hash).toBe(first.hash);
    expect((await playSequence(world(), `${seed} another`, 30)).hash).not.toBe(first.hash);
  }
});

test('two at once who read before they write lose an update in some interleavings, and the seed says in which', async () => {
  const outcomes = new Map<number, number>();
  for (const round of [1, 2])
    for (let seed = 1; seed <= 20; seed += 1) {
      await world().beginAnew('race');
      const { db } = world().life.ctx;
      const { id } = await createPerson(world().life.ctx, 'customer', 'Cora');
      const addOne = async () => {
        const { name } = await db
          .selectFrom('users')
          .select('name')
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        await db
          .updateTable('users')
          .set({ name: `${name}+` })
          .where('id', '=', id)
          .execute();
      };
      await atOnce(world(), chanceOf(`race ${seed}`), [addOne, addOne]);
      const { name } = await db
        .selectFrom('users')
        .select('name')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      if (round === 1) outcomes.set(seed, name.length);
      else expect(name.length).toBe(outcomes.get(seed));
    }
  expect(new Set(outcomes.values())).toEqual(new Set(['Cora+'.length, 'Cora++'.length]));
});

test('under a row lock the second waits for the first in every interleaving', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    await world().beginAnew('lock');
    const { db } = world().life.ctx;
    const { id } = await createPerson(world().life.ctx, 'customer', 'Cora');
    const addOne = () =>
      db.transaction().execute(async (tx) => {
        const { name } = await tx
          .selectFrom('users')
          .select('name')
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirstOrThrow();
        await tx
          .updateTable('users')
          .set({ name: `${name}+` })
          .where('id', '=', id)
          .execute();
      });
    await atOnce(world(), chanceOf(`lock ${seed}`), [addOne, addOne]);
    const { name } = await db
      .selectFrom('users')
      .select('name')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(name).toBe('Cora++');
  }
});

test('a life that ends before a commit has done nothing, one that ends after it has; neither does anything more', async () => {
  for (const [count, survives] of [
    [0, false],
    [1, true],
  ] as const) {
    await world().beginAnew('death');
    const { ctx, points } = world().life;
    const { id } = await createPerson(ctx, 'customer', 'Cora');
    points.killAt(count);
    const rename = ctx.db
      .transaction()
      .execute((tx) => tx.updateTable('users').set({ name: 'Cleo' }).where('id', '=', id).execute());
    await expect(rename).rejects.toThrow('killed');
    await expect(ctx.db.selectFrom('users').selectAll().execute()).rejects.toThrow('killed');
    await expect(ctx.stripe.customers.list()).rejects.toThrow();
    await world().restart();
    const { name } = await world()
      .life.ctx.db.selectFrom('users')
      .select('name')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(name).toBe(survives ? 'Cleo' : 'Cora');
  }
});

test('randomness follows the seed only while a simulation runs it', async () => {
  await world().beginAnew('x');
  const first = randomBytes(16).toString('hex');
  await world().beginAnew('x');
  expect(randomBytes(16).toString('hex')).toBe(first);
});
