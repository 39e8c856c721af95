import { connect } from 'node:net';
import { type File, files, mostFilesPerUpload } from '@holdfast/contract';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  everyByte,
  formOf,
  pdf,
  photo,
  type SentFile,
  text,
  uploadAll,
  uploadOne,
} from '../../test/files.ts';
import { postJob, refusal } from '../../test/jobs.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import { cleanName } from './receive.ts';

const maximumFileBytes = 200_000;
let world: World;
let ada: Person;
let before: string[];
beforeAll(async () => {
  world = await startWorld({ config: { maximumFileBytes } });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await forgetRateLimits(world);
  ada = await createPerson(world, { role: 'customer' });
  before = await everyByte(world);
});

const rowsOf = (person: Person) =>
  world.ctx.db.selectFrom('files').selectAll().where('uploaded_by', '=', person.id).execute();

/** Nothing of it is left: no row, no byte. */
async function leavesNothing(): Promise<void> {
  expect(await rowsOf(ada)).toEqual([]);
  expect(await everyByte(world)).toEqual(before);
}

async function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<{ status: number; code: string }> {
  const answer = await fetch(`${world.url}${files.upload.path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.accessToken}`, ...headers },
    body,
  });
  expect(answer.headers.get('content-type')).toMatch(/json/);
  return { status: answer.status, code: ((await answer.json()) as { code: string }).code };
}

/** A form by hand, as no browser would send it. */
const raw = (parts: string[], end = '--x--\r\n') =>
  Buffer.from(`${parts.map((part) => `--x\r\n${part}\r\n`).join('')}${end}`, 'latin1');
const part = (headers: string, content: string) =>
  `Content-Disposition: form-data; ${headers}\r\n\r\n${content}`;
const purpose = part('name="purpose"', 'chat');
const filePart = (filename: string, content = 'two coats', type = 'text/plain') =>
  `Content-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n${content}`;
const postRaw = (body: Buffer<ArrayBuffer>) =>
  post(body, { 'content-type': 'multipart/form-data; boundary=x' });

test('a picture is kept without what the camera noted, upright, with its size and thumbnails', async () => {
  const bytes = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#777' } })
    .withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 12/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const file = await uploadOne(ada, { purpose: 'chat' }, { name: 'Foto.JPG', type: 'image/jpeg', bytes });
  expect(file).toMatchObject({
    originalName: 'Foto.JPG',
    mimeType: 'image/jpeg',
    uploadedBy: ada.id,
    state: 'available',
    objectId: null,
    picture: { width: 200, height: 300 },
  });
  const stored = Buffer.from(await (await fetch(new URL(file.url!, world.url))).arrayBuffer());
  expect(stored.length).toBe(file.size);
  const path = (await everyByte(world)).find((one) => one.endsWith(file.filename))!;
  const { exif, width, height } = await sharp(path).metadata();
  expect([exif, width, height]).toEqual([undefined, 200, 300]);
  expect(file.picture!.placeholder).toMatch(/^data:image\//);
});

test('each of several files is taken or refused by itself, in their order', async () => {
  const job = await postJob(ada);
  const { files: results } = await uploadAll(ada, { purpose: 'job', objectId: job.id }, [
    await photo(),
    { name: 'page.html', type: 'text/html', bytes: Buffer.from('<html></html>') },
    { name: 'huge.txt', type: 'text/plain', bytes: Buffer.alloc(maximumFileBytes + 1, 'a') },
    pdf(),
  ]);
  expect(results.map(({ originalName, file, error }) => [originalName, file?.mimeType, error?.code])).toEqual(
    [
      ['ceiling.jpg', 'image/jpeg', undefined],
      ['page.html', undefined, 'unsupported_media_type'],
      ['huge.txt', undefined, 'payload_too_large'],
      ['quote.pdf', 'application/pdf', undefined],
    ],
  );
  expect((await rowsOf(ada)).length).toBe(2);
});

describe('leaves nothing behind', () => {
  test.each<[string, () => Promise<{ status: number; code: string }>, number, string]>([
    ['no file', () => postRaw(raw([purpose])), 400, 'validation_failed'],
    ['no purpose', () => postRaw(raw([filePart('a.txt')])), 400, 'validation_failed'],
    [
      'an unknown purpose',
      () => postRaw(raw([part('name="purpose"', 'malware'), filePart('a.txt')])),
      400,
      'validation_failed',
    ],
    [
      'an unknown field',
      () => postRaw(raw([purpose, part('name="owner"', 'x'), filePart('a.txt')])),
      400,
      'validation_failed',
    ],
    [
      'a file in another field',
      () => postRaw(raw([purpose, filePart('a.txt').replace('"file"', '"avatar"')])),
      400,
      'validation_failed',
    ],
    ['an empty file', () => postRaw(raw([purpose, filePart('a.txt', '')])), 422, 'unprocessable'],
    ['a file without a name', () => postRaw(raw([purpose, filePart('')])), 400, 'validation_failed'],
    [
      'no boundary',
      () => post(raw([purpose, filePart('a.txt')]), { 'content-type': 'multipart/form-data' }),
      400,
      'malformed_request',
    ],
    [
      'another boundary',
      () => post(raw([purpose, filePart('a.txt')]), { 'content-type': 'multipart/form-data; boundary=y' }),
      400,
      'malformed_request',
    ],
    ['no end', () => postRaw(raw([purpose, filePart('a.txt')], '')), 400, 'malformed_request'],
    [
      'JSON',
      () => post('{"purpose":"chat"}', { 'content-type': 'application/json' }),
      415,
      'unsupported_media_type',
    ],
    ['no type', () => post(new Uint8Array(), {}), 415, 'unsupported_media_type'],
    [
      'thousands of fields',
      () => postRaw(raw(Array.from({ length: 3000 }, (_, index) => part(`name="f${index}"`, 'x')))),
      400,
      'malformed_request',
    ],
    [
      'thousands of files',
      () => postRaw(raw(Array.from({ length: 3000 }, () => filePart('a.txt')))),
      400,
      'malformed_request',
    ],
    [
      'a deep field name',
      () => postRaw(raw([purpose, part(`name="a${'[b]'.repeat(5000)}"`, 'x'), filePart('a.txt')])),
      400,
      'malformed_request',
    ],
    [
      'a field that is an object',
      () => postRaw(raw([part('name="purpose[x]"', 'chat'), filePart('a.txt')])),
      400,
      'validation_failed',
    ],
    [
      '__proto__',
      () => postRaw(raw([purpose, part('name="__proto__"', 'x'), filePart('a.txt')])),
      400,
      'validation_failed',
    ],
    [
      'a huge field',
      () => postRaw(raw([part('name="purpose"', 'x'.repeat(5000)), filePart('a.txt')])),
      400,
      'malformed_request',
    ],
    [
      'a file that is too large',
      () => postRaw(raw([purpose, filePart('a.txt', 'x'.repeat(maximumFileBytes + 1))])),
      413,
      'payload_too_large',
    ],
    [
      'an upload that is too large',
      () =>
        post(new Uint8Array(maximumFileBytes * mostFilesPerUpload + 70_000), {
          'content-type': 'multipart/form-data; boundary=x',
        }),
      413,
      'payload_too_large',
    ],
    [
      'a type that its content is not',
      () => postRaw(raw([purpose, filePart('a.jpg', 'two coats', 'image/jpeg')])),
      415,
      'unsupported_media_type',
    ],
    [
      'a page',
      () => postRaw(raw([purpose, filePart('a.html', '<script>1</script>', 'text/html')])),
      415,
      'unsupported_media_type',
    ],
    [
      'an unknown object',
      () =>
        postRaw(
          raw([
            part('name="purpose"', 'job'),
            part('name="objectId"', `job_${'a'.repeat(22)}`),
            filePart('a.txt'),
          ]),
        ),
      404,
      'not_found',
    ],
    [
      'a path as object',
      () => postRaw(raw([part('name="purpose"', 'job'), part('name="objectId"', '../x'), filePart('a.txt')])),
      400,
      'validation_failed',
    ],
  ])('%s', async (_name, send, status, code) => {
    expect(await send()).toMatchObject({ status, code });
    await leavesNothing();
  });

  test('who is not signed in, or no longer', async () => {
    const form = formOf({ purpose: 'chat' }, [text('x')]);
    const anonymous = await fetch(`${world.url}${files.upload.path}`, { method: 'POST', body: form });
    expect([anonymous.status, await anonymous.json()]).toMatchObject([401, { code: 'unauthenticated' }]);
    await leavesNothing();
  });

  test('a truncation at any byte', async () => {
    const whole = raw([purpose, filePart('a.txt')]);
    for (let length = 0; length < whole.length - 4; length += 1) {
      if (length % 100 === 0) await forgetRateLimits(world);
      const { status } = await postRaw(whole.subarray(0, length) as Buffer<ArrayBuffer>);
      expect(status, `${length} bytes`).toBe(400);
    }
    await forgetRateLimits(world);
    await leavesNothing();
  });

  test('a thousand uploads that are broken off in the middle', async () => {
    const head = (bytes: number) =>
      `POST ${files.upload.path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ada.accessToken}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: ${bytes}\r\n\r\n`;
    const bytes = raw([purpose, filePart('a.txt', 'x'.repeat(100_000))]);
    const port = Number(new URL(world.url).port);
    let descriptors = 0;
    for (let round = 0; round < 20; round += 1) {
      // By now everything is open that stays open, such as connections to the database.
      if (round === 10) descriptors = await openDescriptors();
      await forgetRateLimits(world);
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => breakOff(port, head(bytes.length), bytes, index * 2000)),
      );
    }
    await expect.poll(async () => (await everyByte(world)).join()).toBe(before.join());
    await expect.poll(openDescriptors).toBeLessThanOrEqual(descriptors + 5);
    await leavesNothing();
    const other = await createPerson(world, { role: 'customer' });
    expect((await uploadOne(other, { purpose: 'chat' }, text('still here'))).state).toBe('available');
  });
});

/** Sends the head and so many bytes, and hangs up. */
const breakOff = (port: number, head: string, bytes: Buffer, count: number) =>
  new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head);
      socket.write(bytes.subarray(0, count), () => socket.destroy());
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });

async function openDescriptors(): Promise<number> {
  const { readdir } = await import('node:fs/promises');
  return (await readdir('/proc/self/fd')).length;
}

describe('names are kept as data', () => {
  test.each([
    ['a path', '../../etc/passwd.txt', 'passwd.txt'],
    ['a path of another system', 'C:\\Users\\ada\\notes.txt', 'notes.txt'],
    ['right to left', '\u202etxt.exe.txt', '\u202etxt.exe.txt'],
    ['emoji and other scripts', '🛁 Küche 厨房.txt', '🛁 Küche 厨房.txt'],
    ['five thousand characters', `${'n'.repeat(5000)}.txt`, `${'n'.repeat(200)}.txt`],
  ])('%s', async (_what, name, kept) => {
    const body = raw([purpose, filePart(Buffer.from(name).toString('latin1'))]);
    const answer = await fetch(`${world.url}${files.upload.path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ada.accessToken}`,
        'content-type': 'multipart/form-data; boundary=x',
      },
      body,
    });
    const { files: results } = (await answer.json()) as { files: { file: File }[] };
    expect(results[0]!.file.originalName).toBe(kept);
    expect(results[0]!.file.filename).toMatch(/^fil_[0-9A-Za-z]{22}\.txt$/);
  });
});

test('what a name cannot be is taken out of it', () => {
  expect(cleanName('a\u0000b\u0007\ud800.txt')).toBe('ab\ufffd.txt');
  expect([cleanName(' '), cleanName(undefined)]).toEqual(['file', 'file']);
});

describe('limits', () => {
  test('a quota holds for all files of an account together, also of uploads at once', async () => {
    const small = await startWorld({ config: { uploadQuotaBytes: 25_000 } });
    try {
      const person = await createPerson(small, { role: 'customer' });
      const sent: SentFile[] = Array.from({ length: 5 }, () => text('x'.repeat(10_000)));
      const results = await Promise.all(
        sent.map((one) => refusal(uploadOne(person, { purpose: 'chat' }, one))),
      );
      expect(results.filter((one) => one === 'no error').length).toBe(2);
      expect(results.filter((one) => one === 'quota_exceeded').length).toBe(3);
    } finally {
      await small.stop();
    }
  });

  test('an object takes so many files and no more, also of uploads at once', async () => {
    const job = await postJob(ada);
    const sent = Array.from({ length: 9 }, () => text('x'));
    await uploadAll(ada, { purpose: 'job', objectId: job.id }, sent);
    const results = await Promise.all(
      [1, 2, 3].map(() => refusal(uploadOne(ada, { purpose: 'job', objectId: job.id }, text('x')))),
    );
    expect(results.sort()).toEqual(['conflict', 'conflict', 'no error']);
    const { items } = await ada.client.call(files.ofJob, { params: { id: job.id } });
    expect(items.length).toBe(10);
  });

  test('of two profile pictures at once one stays', async () => {
    for (let round = 0; round < 10; round += 1) {
      const shots = await Promise.all([photo(100, 100), photo(100, 100)]);
      await Promise.all(shots.map((one) => uploadOne(ada, { purpose: 'profile' }, one)));
      const rows = (await rowsOf(ada)).filter(({ state }) => state === 'available');
      expect(rows.length).toBe(1);
    }
  });
});
