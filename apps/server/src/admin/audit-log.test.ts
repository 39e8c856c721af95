import { admin as api } from '@holdfast/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { adminLogChecks } from '../audit/admin-log-checks.ts';
import { dayMs } from '../clock.ts';
import { inTransaction } from '../db/transaction.ts';
import { recordAdminAction } from './admin.ts';

let world: World;
let admin: Person;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(async () => {
  await forgetRateLimits(world);
  await asOwner('truncate admin_actions');
  admin = await createPerson(world, { role: 'admin' });
});
afterAll(() => world.stop());

const record = (subject: string, details: Record<string, unknown> = {}) =>
  inTransaction(world.ctx.db, (tx) =>
    recordAdminAction(tx, world.clock.now(), { adminId: admin.id, action: 'test.act', subject, details }),
  );
const verify = () => admin.client.call(api.verifyActions);
const list = (query: Record<string, string> = {}) => admin.client.call(api.listActions, { query });

/** As somebody would who owns the database and switches the trigger off. */
async function asOwner(statement: string): Promise<void> {
  await sql.raw('alter table admin_actions disable trigger user').execute(world.ctx.db);
  await sql.raw(statement).execute(world.ctx.db);
  await sql.raw('alter table admin_actions enable trigger user').execute(world.ctx.db);
}

test('an empty log is intact', async () => {
  expect(await verify()).toEqual({ isIntact: true, entries: 0, headHash: null, brokenAt: null });
});

test('each line follows the one before; the whole chain verifies', async () => {
  for (const subject of ['a', 'b', 'c']) await record(subject);
  const { items } = await list();
  expect(items.map((line) => [line.seq, line.subject])).toEqual([
    [3, 'c'],
    [2, 'b'],
    [1, 'a'],
  ]);
  expect(items[0]!.previousHash).toBe(items[1]!.hash);
  expect(items[2]!.previousHash).toBe('0'.repeat(64));
  expect(await verify()).toEqual({ isIntact: true, entries: 3, headHash: items[0]!.hash, brokenAt: null });
});

test('details of any shape come back as they went in and verify', async () => {
  const details = {
    z: 1,
    aa: [1.5, null, { y: true, b: 'ü 🎈' }],
    a: '',
    long: 1e21,
    small: 1e-7,
    minus: -0,
    undef: undefined,
  };
  await record('shape', details);
  await record('half', { text: 'a\ud800b' });
  const { items } = await list();
  expect(items[1]!.details).toEqual({
    z: 1,
    aa: [1.5, null, { y: true, b: 'ü 🎈' }],
    a: '',
    long: 1e21,
    small: 1e-7,
    minus: 0,
  });
  expect(items[0]!.details).toEqual({ text: 'a\ufffdb' });
  expect((await verify()).isIntact).toBe(true);
});

test.each([
  ['a changed detail', `update admin_actions set details = '{"reason": "other"}' where seq = 2`, 2],
  ['another time', "update admin_actions set created_at = created_at + interval '1 ms' where seq = 2", 2],
  ['another admin', 'update admin_actions set admin_id = null where seq = 3', 3],
  ['a line left out', 'delete from admin_actions where seq = 2', 2],
  ['a first line left out', 'delete from admin_actions where seq = 1', 1],
  ['lines moved up', 'delete from admin_actions where seq = 1; update admin_actions set seq = seq - 1', 1],
  ['a hash made up', "update admin_actions set hash = sha256('x') where seq = 4", 4],
])('%s is found', async (_name, statement, brokenAt) => {
  for (const subject of ['a', 'b', 'c', 'd']) await record(subject);
  expect(await adminLogChecks[0]!.run(world.ctx)).toEqual([]);
  await asOwner(statement);
  expect(await verify()).toMatchObject({ isIntact: false, brokenAt, entries: brokenAt - 1 });
  expect(await adminLogChecks[0]!.run(world.ctx)).toHaveLength(1);
});

test('a chain of more lines than are read at once verifies, and its length is told', async () => {
  await inTransaction(world.ctx.db, async (tx) => {
    for (let index = 0; index < 1001; index += 1)
      await recordAdminAction(tx, world.clock.now(), {
        adminId: null,
        action: 'test.many',
        subject: `s${index}`,
      });
  });
  expect(await verify()).toMatchObject({ isIntact: true, entries: 1001 });
});

test('lines are never changed, deleted or truncated', async () => {
  await record('a');
  for (const statement of [
    "update admin_actions set subject = 'x'",
    'delete from admin_actions',
    'truncate admin_actions',
  ])
    await expect(sql.raw(statement).execute(world.ctx.db)).rejects.toThrow('never updated or deleted');
});

test('fifty actions at once make one chain without gaps; one that was undone leaves no trace', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_unused, index) =>
      inTransaction(world.ctx.db, async (tx) => {
        await recordAdminAction(tx, world.clock.now(), {
          adminId: admin.id,
          action: 'test.race',
          subject: `s${index}`,
        });
        if (index % 5 === 0) throw new Error('undone');
      }),
    ),
  );
  expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(10);
  expect(await verify()).toMatchObject({ isIntact: true, entries: 40 });
});

test('the log is filtered by admin, action, subject and day, and paged', async () => {
  await record('a');
  world.clock.advance(dayMs);
  await record('b');
  const day = world.clock.now().toISOString().slice(0, 10);
  const subjects = async (query: Record<string, string>) =>
    (await list(query)).items.map((line) => line.subject);
  expect(await subjects({ from: day })).toEqual(['b']);
  expect(await subjects({ from: day, to: day })).toEqual(['b']);
  expect(await subjects({ subject: 'a' })).toEqual(['a']);
  expect(await subjects({ adminId: admin.id })).toEqual(['b', 'a']);
  expect(await subjects({ action: 'test.other' })).toEqual([]);
  const first = await list({ limit: '1' });
  await record('c');
  expect(await subjects({ limit: '1', cursor: first.nextCursor! })).toEqual(['a']);
  expect(await refusal(list({ cursor: 'nonsense' }))).toBe('validation_failed');
  expect(await refusal(list({ from: '1999-01-01' }))).toBe('validation_failed');
});
