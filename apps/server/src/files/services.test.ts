import { files } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eicar, type FakeClamd, startFakeClamd } from '../../test/fake-clamd.ts';
import { fetchAs, pdf, photo, text, uploadOne } from '../../test/files.ts';
import { postJob } from '../../test/jobs.ts';
import { createPerson, type Person } from '../../test/people.ts';
import { openPlace, type Place } from '../../test/places.ts';
import { startWorld, type World } from '../../test/world.ts';

describe('with clamd', () => {
  let clamd: FakeClamd;
  let world: World;
  let ada: Person;
  beforeAll(async () => {
    clamd = await startFakeClamd();
    world = await startWorld({ config: { clamd: clamd.config } });
    ada = await createPerson(world, { role: 'customer' });
  });
  afterAll(async () => {
    await world.stop();
    await clamd.stop();
  });
  const stateOf = async (filename: string) =>
    (await ada.client.call(files.describe, { params: { filename } })).state;

  test('an upload waits for the scanner, and what it finds is gone', async () => {
    const clean = await uploadOne(ada, { purpose: 'chat' }, text('two coats'));
    const virus = await uploadOne(ada, { purpose: 'chat' }, text(eicar));
    expect([clean.state, virus.state]).toEqual(['pending', 'pending']);
    expect((await fetchAs(world, ada, clean.path)).status).toBe(404);
    await world.sweep();
    await world.sweep();
    expect([await stateOf(clean.filename), await stateOf(virus.filename)]).toEqual(['available', 'rejected']);
    expect((await fetchAs(world, ada, clean.path)).status).toBe(200);
    expect((await fetchAs(world, ada, virus.path)).status).toBe(404);
  });

  test('others see it only once it is clean', async () => {
    const job = await postJob(ada);
    const carl = await createPerson(world, { role: 'contractor' });
    const file = await uploadOne(ada, { purpose: 'job', objectId: job.id }, await photo(100, 100));
    const list = async (person: Person) =>
      (await person.client.call(files.ofJob, { params: { id: job.id } })).items.map(({ state }) => state);
    expect([await list(ada), await list(carl)]).toEqual([['pending'], []]);
    expect((await fetchAs(world, carl, file.path)).status).toBe(404);
    await world.drain();
    expect(await list(carl)).toEqual(['available']);
  });
});

describe('with presigned links of S3', () => {
  let s3: Place;
  let world: World;
  let ada: Person;
  beforeAll(async () => {
    s3 = await openPlace('s3', true);
    world = await startWorld({ config: s3.config });
    ada = await createPerson(world, { role: 'customer' });
  });
  afterAll(async () => {
    await world.stop();
    await s3.close();
  });

  test('who may see a file is sent to the bucket, and nobody else', async () => {
    const sent = pdf(20_000);
    const file = await uploadOne(ada, { purpose: 'chat' }, sent);
    const answer = await fetchAs(world, ada, file.path);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([302, 'no-store']);
    const bytes = await fetch(answer.headers.get('location')!);
    expect(Buffer.from(await bytes.arrayBuffer()).equals(Buffer.from(sent.bytes))).toBe(true);
    expect(bytes.headers.get('content-disposition')).toBe('attachment; filename=quote.pdf');
    const head = await fetchAs(world, ada, file.path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(sent.bytes.length)]);
    const stranger = await createPerson(world, { role: 'customer' });
    expect((await fetchAs(world, stranger, file.path)).status).toBe(404);
  });
});
