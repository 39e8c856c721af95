import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '@holdfast/client';
import { type Approval, admin as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs } from '../clock.ts';
import { inTransaction } from '../db/transaction.ts';
import { conflict } from '../errors.ts';
import { createHttpServer } from '../http/server.ts';
import { type ApprovedActions, requireApproval } from './admin.ts';
import { serveAdmin } from './routes.ts';

let world: World;
let app: FastifyInstance;
let base: string;
let first: Person;
let second: Person;
let counter = 0;

/** Does something that shows: renames the subject, unless it is told to fail. */
const approvedActions: ApprovedActions = {
  'test.rename': async (_ctx, tx, { subject, details }) => {
    if (details.name === 'refused') throw conflict('Somebody else was first.');
    await tx
      .updateTable('users')
      .set({ name: details.name as string })
      .where('id', '=', subject)
      .execute();
  },
};

beforeAll(async () => {
  world = await startWorld();
  app = await createHttpServer(world.ctx);
  serveAdmin(app, world.ctx, { approvedActions });
  await app.listen({ port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await world.stop();
});
beforeEach(async () => {
  await forgetRateLimits(world);
  first = await createPerson(world, { role: 'admin' });
  second = await createPerson(world, { role: 'admin' });
});

const as = (person: Person): Client => createClient(base, person.accessToken);
const actorOf = (person: Person) => ({
  userId: person.id,
  role: person.role,
  sessionId: 'ses_unused',
  hasSecondFactor: true,
});
const ask = (subject: string, name: string, action = 'test.rename'): Promise<Approval> =>
  inTransaction(world.ctx.db, (tx) =>
    requireApproval(world.ctx, tx, actorOf(first), { action, subject, details: { name } }),
  );
const approve = (approval: Approval, by = second) =>
  as(by).call(api.approve, { params: { id: approval.id } });
const reject = (approval: Approval, by = second) =>
  as(by).call(api.reject, { params: { id: approval.id }, body: { reason: 'Not convincing.' } });
const nameOf = async (id: string) =>
  (await world.ctx.db.selectFrom('users').select('name').where('id', '=', id).executeTakeFirstOrThrow()).name;
const subjectOf = async () => {
  counter += 1;
  return createPerson(world, { role: 'customer', name: `Before ${counter}` });
};

test('what one admin asks for happens when another approves it, once', async () => {
  const person = await subjectOf();
  const approval = await ask(person.id, 'After');
  expect(approval).toMatchObject({ status: 'pending', subject: person.id, requestedBy: { id: first.id } });
  expect(await nameOf(person.id)).toBe(person.name);
  expect(await approve(approval)).toMatchObject({ status: 'approved', decidedBy: { id: second.id } });
  expect(await nameOf(person.id)).toBe('After');
  expect(await refusal(approve(approval))).toBe('conflict');
  const { items } = await as(second).call(api.listActions, { query: { subject: person.id } });
  expect(items.map((line) => [line.action, line.admin?.id])).toEqual([
    ['approval.approve', second.id],
    ['approval.request', first.id],
  ]);
});

test('nobody approves or rejects what they asked for, whatever the program says', async () => {
  const person = await subjectOf();
  const approval = await ask(person.id, 'After');
  expect(await refusal(approve(approval, first))).toBe('forbidden');
  expect(await refusal(reject(approval, first))).toBe('forbidden');
  expect(await nameOf(person.id)).toBe(person.name);
  const forced = world.ctx.db
    .updateTable('approvals')
    .set({ decision: 'approved', decided_by: first.id, decided_at: world.clock.now() })
    .where('id', '=', approval.id)
    .execute();
  await expect(forced).rejects.toMatchObject({ code: '23514' });
});

test('rejected is rejected, with its reason in the audit log', async () => {
  const person = await subjectOf();
  const approval = await ask(person.id, 'After');
  expect(await reject(approval)).toMatchObject({ status: 'rejected' });
  expect(await refusal(approve(approval))).toBe('conflict');
  expect(await nameOf(person.id)).toBe(person.name);
  const { items } = await as(second).call(api.listActions, { query: { action: 'approval.reject' } });
  expect(items[0]).toMatchObject({ subject: person.id, details: { reason: 'Not convincing.' } });
});

test('what cannot be done any more answers why and stays pending', async () => {
  const person = await subjectOf();
  const approval = await ask(person.id, 'refused');
  expect(await refusal(approve(approval))).toBe('conflict');
  const { items } = await as(second).call(api.listApprovals, { query: { status: 'pending', limit: '100' } });
  expect(items.map((one) => one.id)).toContain(approval.id);
  expect(await refusal(reject(approval))).toBe('no error');
});

test('an action the server does not know, or by somebody suspended since, is refused', async () => {
  const person = await subjectOf();
  expect(await refusal(approve(await ask(person.id, 'x', 'test.unknown')))).toBe('conflict');
  expect(await refusal(approve(await ask(person.id, 'x', 'constructor')))).toBe('conflict');
  const approval = await ask(person.id, 'After');
  const now = world.clock.now();
  await world.ctx.db.updateTable('users').set({ suspended_at: now }).where('id', '=', first.id).execute();
  expect(await refusal(approve(approval))).toBe('conflict');
  expect(await nameOf(person.id)).toBe(person.name);
});

test('the same action on the same subject waits once; when it has expired it can be asked for again', async () => {
  const person = await subjectOf();
  const approval = await ask(person.id, 'One');
  await expect(ask(person.id, 'Two')).rejects.toMatchObject({ code: 'conflict' });
  world.clock.advance(3 * dayMs);
  expect(await refusal(approve(approval))).toBe('conflict');
  const again = await ask(person.id, 'Two');
  expect(await refusal(approve(again))).toBe('no error');
  expect(await nameOf(person.id)).toBe('Two');
});

test('the sweep marks what nobody decided in time, and nothing else', async () => {
  const old = await ask((await subjectOf()).id, 'x');
  world.clock.advance(3 * dayMs - 1000);
  const young = await ask((await subjectOf()).id, 'x');
  world.clock.advance(1000);
  await world.sweep();
  const { items } = await as(second).call(api.listApprovals, { query: { limit: '100' } });
  const status = (id: string) => items.find((one) => one.id === id)?.status;
  expect([status(old.id), status(young.id)]).toEqual(['expired', 'pending']);
});

test('an approval and a rejection, or two approvals, or two requests at once: one wins', async () => {
  const third = await createPerson(world, { role: 'admin' });
  for (let round = 0; round < 15; round += 1) {
    const person = await subjectOf();
    const asked = await Promise.allSettled([ask(person.id, 'After'), ask(person.id, 'After')]);
    const [approval] = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(asked.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const answers = await Promise.all(
      [round % 2 === 0 ? reject(approval!, third) : approve(approval!, third), approve(approval!)].map(
        refusal,
      ),
    );
    expect(answers.toSorted()).toEqual(['conflict', 'no error']);
  }
});

test('approvals are listed newest first in pages; unknown ones are not found', async () => {
  const asked = [];
  for (let round = 0; round < 3; round += 1) {
    world.clock.advance(1000);
    asked.push(await ask((await subjectOf()).id, 'x'));
  }
  const page = await as(first).call(api.listApprovals, { query: { limit: '2' } });
  const next = await as(first).call(api.listApprovals, { query: { limit: '1', cursor: page.nextCursor! } });
  expect([...page.items, ...next.items].map((one) => one.id)).toEqual(
    asked.map((one) => one.id).toReversed(),
  );
  const unknown = { ...asked[0]!, id: `apv_${'0'.repeat(22)}` as Approval['id'] };
  expect(await refusal(approve(unknown))).toBe('not_found');
  expect(await refusal(reject({ ...unknown, id: 'nonsense' as Approval['id'] }))).toBe('validation_failed');
});
