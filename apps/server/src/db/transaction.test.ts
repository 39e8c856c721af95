import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPerson, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import type { Tx } from './connect.ts';
import { breaksUnique, inTransaction, sqlState } from './transaction.ts';

let world: World;
let one: Person;
let other: Person;

beforeAll(async () => {
  world = await startWorld();
  one = await createPerson(world, { role: 'customer' });
  other = await createPerson(world, { role: 'customer' });
});

afterAll(() => world.stop());

const rename = (tx: Tx, id: string, name: string) =>
  tx.updateTable('users').set({ name }).where('id', '=', id).execute();
const nameOf = async (id: string) =>
  (await world.ctx.db.selectFrom('users').select('name').where('id', '=', id).executeTakeFirstOrThrow()).name;

describe('a transaction', () => {
  test('is undone as a whole when the work throws', async () => {
    const before = await nameOf(one.id);
    await expect(
      inTransaction(world.ctx.db, async (tx) => {
        await rename(tx, one.id, 'changed');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await nameOf(one.id)).toBe(before);
  });

  test('two that lock the same rows in opposite order both come through', async () => {
    for (let round = 0; round < 3; round += 1) {
      let waiting = 0;
      let release = () => {};
      const bothHoldOne = new Promise<void>((resolve) => {
        release = resolve;
      });
      let attempts = 0;
      const work = (first: string, second: string, name: string) =>
        inTransaction(world.ctx.db, async (tx) => {
          attempts += 1;
          await sql`set local deadlock_timeout = '20ms'`.execute(tx);
          await rename(tx, first, name);
          waiting += 1;
          if (waiting === 2) release();
          await bothHoldOne;
          await rename(tx, second, name);
        });
      await Promise.all([work(one.id, other.id, 'a'), work(other.id, one.id, 'b')]);
      // One of the two was undone and came again, perhaps more than once.
      expect(attempts).toBeGreaterThanOrEqual(3);
      expect(await nameOf(one.id)).toBe(await nameOf(other.id));
    }
  });

  test('gives up after a few tries of what never succeeds, and never repeats another error', async () => {
    let attempts = 0;
    const fail = (state: string) =>
      inTransaction(world.ctx.db, async (tx) => {
        attempts += 1;
        await sql.raw(`do $$ begin raise exception 'no' using errcode = '${state}'; end $$`).execute(tx);
      });
    await expect(fail('40001')).rejects.toThrow('no');
    expect(attempts).toBe(4);
    attempts = 0;
    await expect(fail('23505')).rejects.toThrow('no');
    expect(attempts).toBe(1);
  });
});

describe('errors of PostgreSQL', () => {
  test('a breach of a unique index is told from that of another', async () => {
    const error = await world.ctx.db
      .insertInto('idempotency_keys')
      .values(Array.from({ length: 2 }, () => key()))
      .execute()
      .catch((failure: unknown) => failure);
    expect(sqlState(error)).toBe('23505');
    expect(breaksUnique(error, 'idempotency_keys_pkey')).toBe(true);
    expect(breaksUnique(error, 'users_proven_email')).toBe(false);
    expect(breaksUnique(new Error('x'), 'idempotency_keys_pkey')).toBe(false);
    expect(sqlState('not even an error')).toBe('');
  });
});

const key = () => ({
  user_id: one.id,
  key: 'twice',
  request_hash: Buffer.from('x'),
  leased_until: world.clock.now(),
  created_at: world.clock.now(),
});
