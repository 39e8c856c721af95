import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accounts, files, jobs } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { everyByte, fetchAs, photo, text, uploadOne } from '../../test/files.ts';
import { postJob, refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { dayMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Storage } from '../storage/storage.ts';
import { scanFile } from './files.ts';
import { emptyIncoming, removeBytes } from './sweeps.ts';

let world: World;
let ada: Person;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  ada = await createPerson(world, { role: 'customer' });
});

const rows = () => world.ctx.db.selectFrom('files').selectAll().where('uploaded_by', '=', ada.id).execute();
const remove = (filename: string) => ada.client.call(files.remove, { params: { filename } });

/** Bytes in the storage under the names of a file, thumbnails included. */
const bytesOf = async (filename: string) =>
  (await everyByte(world)).filter((path) => path.includes(filename.slice(0, filename.indexOf('.')))).length;

test('the bytes of a deleted file go a week later, and its row with them', async () => {
  const { filename } = await uploadOne(ada, { purpose: 'chat' }, await photo());
  expect(await bytesOf(filename)).toBe(3);
  await remove(filename);
  world.clock.advance(7 * dayMs - 1);
  await removeBytes(world.ctx);
  expect([await bytesOf(filename), (await rows()).length]).toEqual([3, 1]);
  world.clock.advance(1);
  await removeBytes(world.ctx);
  expect([await bytesOf(filename), (await rows()).length]).toEqual([0, 0]);
});

test('what was attached to nothing goes after a day, and cannot be attached any more', async () => {
  const job = await postJob(ada);
  const { filename } = await uploadOne(ada, { purpose: 'job' }, text('x'));
  const kept = await uploadOne(ada, { purpose: 'job', objectId: job.id }, text('x'));
  world.clock.advance(dayMs);
  await removeBytes(world.ctx);
  const attach = ada.client.call(files.attach, { params: { filename }, body: { objectId: job.id } });
  expect(await refusal(attach)).toBe('not_found');
  expect([await bytesOf(filename), await bytesOf(kept.filename)]).toEqual([0, 1]);
});

test('attaching and sweeping at the same moment: one of them wins', async () => {
  const job = await postJob(ada);
  for (let round = 0; round < 40; round += 1) {
    await world.ctx.db.deleteFrom('files').where('object_id', '=', job.id).execute();
    const { filename } = await uploadOne(ada, { purpose: 'job' }, text('x'));
    world.clock.advance(dayMs);
    const [attached] = await Promise.all([
      refusal(ada.client.call(files.attach, { params: { filename }, body: { objectId: job.id } })),
      removeBytes(world.ctx),
    ]);
    const left = attached === 'no error' ? 1 : 0;
    expect([attached, await bytesOf(filename)]).toEqual([
      expect.stringMatching(/^(no error|not_found|conflict)$/),
      left,
    ]);
    await forgetRateLimits(world);
  }
});

test('who deletes their account takes with them what they showed, and leaves what is also the other side’s', async () => {
  const picture = await uploadOne(ada, { purpose: 'profile' }, await photo());
  const job = await postJob(ada);
  const shown = await uploadOne(ada, { purpose: 'job', objectId: job.id }, text('x'));
  await ada.client.call(jobs.cancel, { params: { id: job.id } });
  await ada.client.call(accounts.deleteMe, { body: { currentPassword: ada.password } });
  await removeBytes(world.ctx);
  expect([await bytesOf(picture.filename), await bytesOf(shown.filename)]).toEqual([0, 0]);
  expect(await rows()).toEqual([]);
});

describe('after a crash', () => {
  test('between row and bytes, or between bytes and row, nothing is left an hour later', async () => {
    const crash = (key: 'before' | 'after'): Ctx => {
      const { current } = world.ctx.storage;
      const put: Storage['put'] = async (...given) => {
        if (key === 'after') await current.put(...given);
        // What is written afterwards never happens, as in a process that is gone.
        await new Promise(() => undefined);
      };
      return { ...world.ctx, storage: { ...world.ctx.storage, current: { ...current, put } } };
    };
    const { createApp } = await import('../app.ts');
    for (const point of ['before', 'after'] as const) {
      const app = await createApp(crash(point));
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      const control = new AbortController();
      const form = new FormData();
      form.append('purpose', 'chat');
      form.append('file', new Blob(['two coats'], { type: 'text/plain' }), 'a.txt');
      const sent = fetch(`${url}${files.upload.path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ada.accessToken}` },
        body: form,
        signal: control.signal,
      }).catch(() => undefined);
      await expect.poll(async () => (await rows()).length).toBe(1);
      const [row] = await rows();
      if (point === 'after') await expect.poll(() => bytesOf(row!.id)).toBe(1);
      expect(row!.state).toBe('storing');
      control.abort();
      await sent;
      world.clock.advance(hourMs);
      await removeBytes(world.ctx);
      expect([await rows(), await bytesOf(row!.id)]).toEqual([[], 0]);
      // The hanging handler belongs to a process that is gone.
      app.server.closeAllConnections();
    }
  });

  test('what came in is deleted once the file system says that it is old, and never before', async () => {
    const { incomingDir } = world.ctx.storage;
    for (const name of ['upl_old', 'upl_new']) {
      await mkdir(join(incomingDir, name), { recursive: true });
      await writeFile(join(incomingDir, name, '1'), 'half');
    }
    const { mtime } = await import('node:fs/promises').then(({ stat }) => stat(join(incomingDir, 'upl_old')));
    const old = new Date(mtime.getTime() - 2 * hourMs);
    await utimes(join(incomingDir, 'upl_old'), old, old);
    // A development clock that was moved says nothing about uploads.
    world.clock.advance(100 * dayMs);
    await emptyIncoming(world.ctx);
    const left = (await everyByte(world)).filter((path) => /upl_(old|new)/.test(path));
    expect(left).toEqual([join(incomingDir, 'upl_new', '1')]);
  });

  test('in the middle of deleting, the next sweep goes on', async () => {
    const { filename } = await uploadOne(ada, { purpose: 'chat' }, await photo());
    await remove(filename);
    world.clock.advance(7 * dayMs);
    const { current } = world.ctx.storage;
    let calls = 0;
    const broken: Storage = {
      ...current,
      remove: async (key) => {
        calls += 1;
        if (calls === 2) throw new Error('the disk is gone');
        await current.remove(key);
      },
    };
    await removeBytes({ ...world.ctx, storage: { ...world.ctx.storage, byName: () => broken } });
    expect([await bytesOf(filename), (await rows())[0]!.state]).toEqual([2, 'removing']);
    world.clock.advance(hourMs);
    await removeBytes(world.ctx);
    expect([await bytesOf(filename), await rows()]).toEqual([0, []]);
  });
});

describe('with a scanner', () => {
  const scanning = (answer: { isClean: true } | { isClean: false; signature: string } | Error): Ctx => ({
    ...world.ctx,
    scanner: {
      scan: async (stream) => {
        for await (const _chunk of stream);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  });
  const pend = async () => {
    const file = await uploadOne(ada, { purpose: 'chat' }, text('x'));
    await world.ctx.db
      .updateTable('files')
      .set({ state: 'pending' })
      .where('id', '=', file.filename)
      .execute();
    return file;
  };
  const describeIt = (filename: string) => ada.client.call(files.describe, { params: { filename } });

  test('a file is fetched by nobody until it is found clean', async () => {
    const file = await pend();
    expect(await describeIt(file.filename)).toMatchObject({ state: 'pending', url: null });
    const fetched = await fetchAs(world, ada, file.path);
    expect(fetched.status).toBe(404);
    await fetched.bytes();
    const failing = scanFile(scanning(new Error('no answer')), { fileId: file.filename });
    await expect(failing).rejects.toThrow('no answer');
    expect((await describeIt(file.filename)).state).toBe('pending');
    await scanFile(scanning({ isClean: true }), { fileId: file.filename });
    expect(await describeIt(file.filename)).toMatchObject({ state: 'available', url: expect.any(String) });
  });

  test('a file that is not clean is rejected: its bytes go, its uploader sees why', async () => {
    const file = await pend();
    await scanFile(scanning({ isClean: false, signature: 'Eicar' }), { fileId: file.filename });
    await removeBytes(world.ctx);
    expect(await bytesOf(file.filename)).toBe(0);
    expect(await describeIt(file.filename)).toMatchObject({ state: 'rejected', url: null });
    await removeBytes(world.ctx);
    expect((await rows()).length).toBe(1);
  });
});
