import { once } from 'node:events';
import { connect } from 'node:net';
import { type File, files } from '@holdfast/contract';
import { Upload, type UploadOptions } from 'tus-js-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { everyByte, fetchAs, pdf, photo, type SentFile, text } from '../../test/files.ts';
import { postJob, refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';

let world: World;
let ada: Person;
let stranger: Person;
beforeAll(async () => {
  world = await startWorld({ config: { maximumFileBytes: 2_000_000 } });
  stranger = await createPerson(world, { role: 'customer' });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  ada = await createPerson(world, { role: 'customer' });
});

type Ending = { url: string; answer: string };

/** The official client, piece by piece; resolves with the address and the last answer. */
function send(
  person: Person,
  sent: SentFile,
  metadata: Record<string, string>,
  over: Partial<UploadOptions> = {},
): { upload: Upload; ended: Promise<Ending> } {
  const { promise, resolve, reject } = Promise.withResolvers<Ending>();
  const upload: Upload = new Upload(Buffer.from(sent.bytes), {
    endpoint: `${world.url}/api/uploads`,
    headers: { authorization: `Bearer ${person.accessToken}` },
    metadata: { filename: sent.name, filetype: sent.type, ...metadata },
    chunkSize: 300_000,
    retryDelays: null,
    onError: reject,
    onSuccess: ({ lastResponse }) => resolve({ url: upload.url!, answer: lastResponse.getBody() }),
    ...over,
  });
  upload.start();
  return { upload, ended: promise };
}

const problemOf = (ended: Promise<Ending>): Promise<{ code: string; status: number }> =>
  ended.then(
    () => ({ code: 'no error', status: 200 }),
    (error: { originalResponse: { getBody(): string } }) => JSON.parse(error.originalResponse.getBody()),
  );

const idOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
const result = (person: Person, url: string) =>
  person.client.call(files.result, { params: { id: idOf(url) } });
const leftovers = async () => (await everyByte(world)).filter((path) => path.includes('.tus_'));

test('a picture in pieces ends as an ordinary file, attached to what it was meant for', async () => {
  const job = await postJob(ada);
  const { url, answer } = await send(ada, await photo(1200, 900), {
    purpose: 'job',
    objectId: job.id,
    caption: 'Door',
  }).ended;
  const file = JSON.parse(answer) as File;
  expect(file).toMatchObject({
    originalName: 'ceiling.jpg',
    mimeType: 'image/jpeg',
    objectId: job.id,
    caption: 'Door',
    state: 'available',
    picture: { width: 1200, height: 900 },
  });
  // Asked again, as after a lost answer, it is the same.
  expect((await result(ada, url)).filename).toBe(file.filename);
  expect(await refusal(result(stranger, url))).toBe('not_found');
  expect(await leftovers()).toEqual([]);
});

test('after a broken connection the client goes on where the server stopped', async () => {
  const sent = pdf(1_500_000);
  let pieces = 0;
  const broken = Promise.withResolvers<void>();
  const first = send(
    ada,
    sent,
    { purpose: 'chat' },
    {
      onChunkComplete: () => {
        pieces += 1;
        if (pieces === 2) void first.upload.abort().then(() => broken.resolve());
      },
    },
  );
  await broken.promise;
  const url = first.upload.url!;
  expect(await refusal(result(ada, url))).toBe('conflict');
  const offsets: number[] = [];
  const { answer } = await send(
    ada,
    sent,
    { purpose: 'chat' },
    {
      uploadUrl: url,
      onChunkComplete: (_size, accepted) => void offsets.push(accepted),
    },
  ).ended;
  expect(offsets[0]).toBe(900_000);
  const bytes = await (await fetchAs(world, ada, (JSON.parse(answer) as File).path)).arrayBuffer();
  expect(Buffer.from(bytes).equals(Buffer.from(sent.bytes))).toBe(true);
});

test('what a form could not bring, pieces cannot bring either', async () => {
  const cases: [SentFile, Record<string, string>, string][] = [
    [text('x'), {}, 'validation_failed'],
    [text('x'), { purpose: 'malware' }, 'validation_failed'],
    [text('x'), { purpose: 'job', objectId: '../x' }, 'validation_failed'],
    [text('x'), { purpose: 'job', objectId: `job_${'a'.repeat(22)}` }, 'not_found'],
    [
      { name: 'a.html', type: 'text/html', bytes: Buffer.from('<html>') },
      { purpose: 'chat' },
      'unsupported_media_type',
    ],
    [
      { name: 'a.jpg', type: 'image/jpeg', bytes: Buffer.from('two coats') },
      { purpose: 'chat' },
      'unsupported_media_type',
    ],
  ];
  for (const [sent, metadata, code] of cases)
    expect(await problemOf(send(ada, sent, metadata).ended), code).toMatchObject({ code });
  expect(await leftovers()).toEqual([]);
  const tooLarge = send(ada, pdf(2_000_001), { purpose: 'chat' }).ended;
  await expect(tooLarge).rejects.toThrow('413');
  const nobody = send({ ...ada, accessToken: 'x'.repeat(40) }, text('x'), { purpose: 'chat' }).ended;
  expect(await problemOf(nobody)).toMatchObject({ code: 'token_expired' });
});

test('an upload is its owner’s alone', async () => {
  const { upload, ended } = send(
    ada,
    pdf(500_000),
    { purpose: 'chat' },
    {
      onChunkComplete: () => void upload.abort(),
    },
  );
  ended.catch(() => undefined);
  await expect.poll(() => upload.url).toBeTruthy();
  for (const method of ['HEAD', 'PATCH', 'DELETE']) {
    const answer = await fetch(upload.url!, {
      method,
      headers: {
        authorization: `Bearer ${stranger.accessToken}`,
        'tus-resumable': '1.0.0',
        'upload-offset': '300000',
        'content-type': 'application/offset+octet-stream',
      },
      ...(method === 'PATCH' ? { body: 'x' } : {}),
    });
    expect(answer.status, method).toBe(404);
    await answer.bytes();
  }
  await upload.abort(true);
  await expect.poll(leftovers).toEqual([]);
});

test('the same upload finished twice at once is one file', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { upload, ended } = send(
      ada,
      text(`round ${round}`),
      { purpose: 'chat' },
      { uploadDataDuringCreation: false },
    );
    ended.catch(() => undefined);
    const { url } = await ended;
    const again = await Promise.all([1, 2, 3].map(() => refusal(result(ada, url))));
    expect(again).toEqual(['no error', 'no error', 'no error']);
    expect(upload.url).toBe(url);
  }
  const rows = await world.ctx.db
    .selectFrom('files')
    .select('upload_id')
    .where('uploaded_by', '=', ada.id)
    .execute();
  expect(new Set(rows.map((row) => row.upload_id)).size).toBe(rows.length);
});

test('somebody can have so many unfinished uploads and no more', async () => {
  const create = () =>
    fetch(`${world.url}/api/uploads`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ada.accessToken}`,
        'tus-resumable': '1.0.0',
        'upload-length': '10',
        'upload-metadata': `filename ${btoa('a.txt')},filetype ${btoa('text/plain')},purpose ${btoa('chat')}`,
      },
    });
  for (let count = 0; count < 20; count += 1) expect((await create()).status).toBe(201);
  const refused = await create();
  expect([refused.status, await refused.json()]).toMatchObject([422, { code: 'quota_exceeded' }]);
});

test('rubbish in the protocol is refused, and the server lives', async () => {
  const headers = { authorization: `Bearer ${ada.accessToken}` };
  const at = (path: string, init: RequestInit) =>
    fetch(`${world.url}/api/uploads${path}`, {
      ...init,
      headers: { ...headers, ...(init.headers as object) },
    });
  for (const [path, init] of [
    ['', { method: 'POST' }],
    ['', { method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': '-1' } }],
    [
      '',
      {
        method: 'POST',
        headers: {
          'tus-resumable': '1.0.0',
          'upload-length': '5',
          'upload-metadata': '💣'.codePointAt(0)!.toString(),
        },
      },
    ],
    ['/..%2f..%2fetc%2fpasswd', { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } }],
    [`/${ada.id}.tus_..%2f..%2fx`, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } }],
    [
      `/${ada.id}.tus_${'a'.repeat(22)}`,
      { method: 'PATCH', headers: { 'tus-resumable': '1.0.0', 'upload-offset': 'x' } },
    ],
  ] as [string, RequestInit][]) {
    const answer = await at(path, init);
    expect(answer.status, path).toBeGreaterThanOrEqual(400);
    expect(answer.status, path).toBeLessThan(500);
    await answer.bytes();
  }
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    `PATCH /api/uploads/${ada.id}.tus_x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ada.accessToken}\r\ntus-resumable: 1.0.0\r\ncontent-length: 100\r\n\r\nhalf`,
  );
  socket.destroy();
  expect((await fetch(`${world.url}/livez`)).status).toBe(200);
});
