import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, keysOf, localFiles, newKey, putFile } from '../../test/local-files.ts';
import { type S3Server, startS3Server } from '../../test/s3-server.ts';
import { openStorage } from '../storage/open.ts';
import { openS3 } from './s3.ts';

/* What S3 guarantees besides what every place for files does, see storage.test.ts. */

let server: S3Server;
let s3: ReturnType<typeof openS3>;
let local: Awaited<ReturnType<typeof localFiles>>;

beforeAll(async () => {
  local = await localFiles();
  server = await startS3Server();
  s3 = openS3(server.config);
});
afterEach(async () => {
  server.intercept();
  for (const key of await keysOf(s3)) await s3.remove(key);
});
afterAll(async () => {
  s3?.close();
  await server?.stop();
  await local?.remove();
});

const threeParts = 11 * 2 ** 20;

const refuse = (response: ServerResponse, status: number, code: string) => {
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  return true;
};

describe('a large file', () => {
  test('is sent in parts, and the parts of one that failed are given up', async () => {
    const key = newKey();
    const { path } = await local.random(threeParts);
    await putFile(s3, key, await local.write('what was there'));
    server.intercept((request, response) => {
      if (!request.url?.includes('partNumber=2')) return false;
      request.resume();
      // That the server of the tests cannot abort does not hide what went wrong.
      return refuse(response, 500, 'InternalError');
    });
    await expect(putFile(s3, key, path)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    expect(server.requests.filter((one) => one.includes('partNumber=2'))).toHaveLength(3);
    expect(server.requests.at(-1)).toMatch(new RegExp(`^DELETE /files/${key}\\?uploadId=`));
    expect((await bytesOf(s3, key))?.toString()).toBe('what was there');
  });

  test('is not there before its last part is', async () => {
    const key = newKey();
    const { content, path } = await local.random(threeParts);
    const seen: Promise<unknown>[] = [];
    server.intercept((request) => {
      if (request.url?.includes('partNumber=3')) seen.push(bytesOf(s3, key));
      return false;
    });
    await putFile(s3, key, path);
    expect(await Promise.all(seen)).toEqual([undefined]);
    expect((await bytesOf(s3, key))!.equals(content)).toBe(true);
  });
});

test('a connection that breaks is tried again', async () => {
  const key = newKey();
  let broken = 0;
  server.intercept((request) => {
    if (request.method !== 'PUT' || broken === 2) return false;
    broken += 1;
    request.socket.destroy();
    return true;
  });
  await putFile(s3, key, await local.write('x'));
  expect(broken).toBe(2);
  expect((await bytesOf(s3, key))?.toString()).toBe('x');
});

describe('a server', () => {
  test('that is not there is not available', async () => {
    const nowhere = openS3({ ...server.config, endpoint: 'http://127.0.0.1:9' });
    const path = await local.write('x');
    for (const call of [
      () => putFile(nowhere, newKey(), path),
      () => nowhere.get(newKey()),
      () => nowhere.remove(newKey()),
      () => keysOf(nowhere),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    nowhere.close();
  });

  test.each([
    [507, 'XMinioStorageFull'],
    [507, 'SomethingElse'],
    [400, 'XMinioAdminBucketQuotaExceeded'],
    [403, 'QuotaExceeded'],
  ])('that is full says so: %i %s', async (status, code) => {
    server.intercept((_request, response) => refuse(response, status, code));
    await expect(putFile(s3, newKey(), await local.write('x'))).rejects.toMatchObject({
      code: 'storage_full',
      status: 507,
    });
    server.intercept();
  });

  test('that refuses our key is a fault of the configuration, not a missing file', async () => {
    const wrong = openS3({ ...server.config, secretAccessKey: 'wrong' });
    const call = wrong.get(newKey());
    await expect(call).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await expect(call).rejects.not.toHaveProperty('code', 'unavailable');
    wrong.close();
  });

  test('without our bucket is a fault of the configuration as well', async () => {
    const wrong = openS3({ ...server.config, bucket: 'another' });
    await expect(wrong.get(newKey())).rejects.toMatchObject({ name: 'NoSuchBucket' });
    wrong.close();
  });
});

test('a bucket is listed beyond one answer, without what cannot be ours', async () => {
  const page = (keys: string[], next: string) =>
    `<?xml version="1.0"?><ListBucketResult>${next}${keys
      .map(
        (key) =>
          `<Contents><Key>${key}</Key><LastModified>2027-03-01T09:00:00.000Z</LastModified><Size>3</Size></Contents>`,
      )
      .join('')}</ListBucketResult>`;
  // The server of the tests cannot do this itself: it makes its tokens with a cipher that is gone.
  server.intercept((request, response) => {
    const isSecond = request.url?.includes('continuation-token=more%2Fof%20it');
    response.end(
      isSecond
        ? page(['fil_3', '.hidden'], '<IsTruncated>false</IsTruncated>')
        : page(
            ['fil_1', 'a/folder', 'fil_2', 'of somebody else'],
            '<IsTruncated>true</IsTruncated><NextContinuationToken>more/of it</NextContinuationToken>',
          ),
    );
    return true;
  });
  expect(await keysOf(s3)).toEqual(['fil_1', 'fil_2', 'fil_3']);
  expect(server.requests).toHaveLength(2);
});

describe('a presigned URL', () => {
  const options = {
    expiresInSeconds: 60,
    mimeType: 'text/plain; charset=utf-8',
    // The server of the tests encodes quotes and stars otherwise than all others do.
    disposition: 'attachment; filename="plan of the house.txt"',
  };

  test('gives the bytes to whoever has it, with the type and the name that it was made for', async () => {
    const key = newKey('.txt');
    await putFile(s3, key, await local.write('the plan'), 'application/octet-stream');
    const answer = await fetch(await s3.presign!(key, options));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('the plan');
    expect(answer.headers.get('content-type')).toBe(options.mimeType);
    expect(answer.headers.get('content-disposition')).toBe(options.disposition);
  });

  test('gives a range, as players of films ask for', async () => {
    const key = newKey('.mp4');
    await putFile(s3, key, await local.write('abcdefghij'));
    const answer = await fetch(await s3.presign!(key, options), { headers: { range: 'bytes=2-4' } });
    expect(answer.status).toBe(206);
    expect(await answer.text()).toBe('cde');
  });

  test.each([
    ['another file', (url: URL, other: string) => (url.pathname = `/files/${other}`)],
    ['a longer life', (url: URL) => url.searchParams.set('X-Amz-Expires', '600')],
    ['another type', (url: URL) => url.searchParams.set('response-content-type', 'text/html')],
    ['another name', (url: URL) => url.searchParams.set('response-content-disposition', 'inline')],
    ['another signature', (url: URL) => url.searchParams.set('X-Amz-Signature', '0'.repeat(64))],
  ])('is refused when it is changed to get %s', async (_name, change) => {
    const [key, other] = [newKey(), newKey()];
    for (const one of [key, other]) await putFile(s3, one, await local.write(one));
    const url = new URL(await s3.presign!(key, options));
    expect((await fetch(url)).status).toBe(200);
    change(url, other);
    expect((await fetch(url)).status).toBe(403);
  });

  test('does not let anybody write', async () => {
    const key = newKey();
    await putFile(s3, key, await local.write('x'));
    const url = await s3.presign!(key, options);
    expect((await fetch(url, { method: 'PUT', body: 'mine' })).status).toBe(403);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect((await bytesOf(s3, key))?.toString()).toBe('x');
  });

  test('is only made where the configuration allows it', () => {
    const without = openS3({ ...server.config, allowsPresignedUrls: false });
    expect(without.presign).toBeUndefined();
    without.close();
  });
});

describe('of the places together', () => {
  test('S3 takes new files when it is configured, and the folder still gives the old ones', () => {
    const both = openStorage({ uploadDir: '/nowhere', s3: server.config });
    expect(both.current.name).toBe('s3');
    expect(both.byName('s3')).toBe(both.current);
    expect(both.byName('disk').name).toBe('disk');
    expect(both.incomingDir).toBe('/nowhere/.incoming');
    both.close();
  });

  test('S3 does there what it does by itself', async () => {
    const { current, close } = openStorage({ uploadDir: '/nowhere', s3: server.config });
    const key = newKey();
    await putFile(current, key, await local.write('abc'));
    expect((await bytesOf(current, key, { start: 1, end: 2 }))?.toString()).toBe('bc');
    expect(await keysOf(current)).toEqual([key]);
    const options = { expiresInSeconds: 60, mimeType: 'text/plain', disposition: 'inline' };
    expect(await (await fetch(await current.presign!(key, options))).text()).toBe('abc');
    await current.remove(key);
    expect(await keysOf(s3)).toEqual([]);
    close();
    const s3Config = { ...server.config, allowsPresignedUrls: false };
    expect(openStorage({ uploadDir: '/nowhere', s3: s3Config }).current.presign).toBeUndefined();
  });

  test('the folder takes them otherwise, and what is in S3 is not taken for missing', () => {
    const one = openStorage({ uploadDir: '/nowhere', s3: undefined });
    expect(one.current.name).toBe('disk');
    expect(() => one.byName('s3')).toThrow('no S3_BUCKET is set');
  });
});
