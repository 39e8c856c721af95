import { type File, files } from '@holdfast/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fetchAs, pdf, photo, text, uploadOne } from '../../test/files.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { openPlace, type Place, places } from '../../test/places.ts';
import { startWorld, type World } from '../../test/world.ts';

// The same on both: who may see a file, and how it is answered, has nothing to do with where its bytes are.
describe.each(places)('on %s', (place) => {
  let storage: Place;
  let world: World;
  let ada: Person;
  let picture: File;
  let document: File;
  const documentBytes = pdf(5000).bytes;
  beforeAll(async () => {
    storage = await openPlace(place);
    world = await startWorld({ config: storage.config });
    ada = await createPerson(world, { role: 'customer' });
    picture = await uploadOne(ada, { purpose: 'chat' }, await photo());
    document = await uploadOne(ada, { purpose: 'chat' }, pdf(5000));
  });
  afterAll(async () => {
    await world.stop();
    await storage.close();
  });
  beforeEach(() => forgetRateLimits(world));

  const get = (file: File, headers: Record<string, string> = {}, method = 'GET') =>
    fetchAs(world, ada, file.path, { headers, method });

  test('a document comes back byte for byte, to be saved and not to be opened by a browser', async () => {
    const answer = await get(document);
    expect(Buffer.from(await answer.arrayBuffer()).equals(documentBytes)).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(documentBytes.length),
      'content-disposition': 'attachment; filename=quote.pdf',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, max-age=300',
      'accept-ranges': 'bytes',
    });
  });

  test('a picture is shown, and saved under its own name when that is asked for', async () => {
    const shown = await get(picture);
    expect(shown.headers.get('content-type')).toBe('image/jpeg');
    expect(shown.headers.get('content-disposition')).toBe('inline; filename=ceiling.jpg');
    await shown.bytes();
    const saved = await fetchAs(world, ada, `${picture.path}?download=true`);
    expect(saved.headers.get('content-disposition')).toBe('attachment; filename=ceiling.jpg');
    await saved.bytes();
  });

  test('names of any script are carried, with one that old clients understand', async () => {
    const name = 'Küche „links“ 🛁 \u202egpj.txt';
    const file = await uploadOne(ada, { purpose: 'chat' }, text('two coats', name));
    expect(file.originalName).toBe(name);
    const header = (await get(file)).headers.get('content-disposition')!;
    expect(header).toContain(
      `filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)}`,
    );
    expect(header).toMatch(/^attachment; filename="?[\x20-\x7e]*"?/);
  });

  test('HEAD answers what GET would, without the bytes', async () => {
    const [head, whole] = [await get(document, {}, 'HEAD'), await get(document)];
    expect(await head.text()).toBe('');
    for (const name of ['content-type', 'content-length', 'etag', 'last-modified', 'content-disposition'])
      expect(head.headers.get(name), name).toBe(whole.headers.get(name));
    await whole.bytes();
  });

  describe('ranges', () => {
    const size = documentBytes.length;
    test.each([
      ['bytes=0-0', 0, 0],
      ['bytes=10-19', 10, 19],
      ['bytes=4990-', 4990, size - 1],
      ['bytes=-7', size - 7, size - 1],
      ['bytes=0-99999999', 0, size - 1],
      [`bytes=-${size + 10}`, 0, size - 1],
    ])('%s is answered with exactly that', async (range, start, end) => {
      const answer = await get(document, { range });
      expect(answer.status).toBe(206);
      expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/${size}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(documentBytes.subarray(start, end + 1))).toBe(
        true,
      );
    });

    test.each(['bytes=5-1', 'bytes=a-b', 'bytes=', 'lines=0-1', 'bytes=0-1,5-6', 'bytes=-', 'rubbish'])(
      '%s is answered with the whole',
      async (range) => {
        const answer = await get(document, { range });
        expect(answer.status).toBe(200);
        expect((await answer.arrayBuffer()).byteLength).toBe(size);
      },
    );

    test.each([`bytes=${size}-`, 'bytes=99999999-', 'bytes=-0'])('%s is outside of it', async (range) => {
      const answer = await get(document, { range });
      expect([answer.status, answer.headers.get('content-range')]).toEqual([416, `bytes */${size}`]);
      expect(await answer.json()).toMatchObject({ code: 'range_not_satisfiable' });
    });

    test('with If-Range they hold for the same bytes only', async () => {
      const etag = (await get(document, {}, 'HEAD')).headers.get('etag')!;
      const same = await get(document, { range: 'bytes=0-9', 'if-range': etag });
      const other = await get(document, { range: 'bytes=0-9', 'if-range': '"other"' });
      expect([same.status, other.status]).toEqual([206, 200]);
      await Promise.all([same.bytes(), other.bytes()]);
    });
  });

  test('what the caller has already is not sent again', async () => {
    const first = await get(picture);
    const etag = first.headers.get('etag')!;
    const since = first.headers.get('last-modified')!;
    await first.bytes();
    const known: Record<string, string>[] = [
      { 'if-none-match': etag },
      { 'if-none-match': `"x", W/${etag}` },
      { 'if-modified-since': since },
    ];
    for (const headers of known) {
      const answer = await get(picture, headers);
      expect([answer.status, await answer.text()], JSON.stringify(headers)).toEqual([304, '']);
    }
    const small = await fetchAs(world, ada, `${picture.path}?variant=small`, {
      headers: { 'if-none-match': etag },
    });
    expect(small.status).toBe(200);
    await small.bytes();
  });

  test('thumbnails are pictures of their own; what is no picture has none', async () => {
    for (const variant of ['small', 'large']) {
      const answer = await fetchAs(world, ada, `${picture.path}?variant=${variant}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
      await answer.bytes();
    }
    const none = await fetchAs(world, ada, `${document.path}?variant=small`);
    expect([none.status, await none.json()]).toMatchObject([404, { code: 'not_found' }]);
  });

  test('names that are none of ours are refused before anything is looked up', async () => {
    for (const name of [
      '..%2f..%2fetc%2fpasswd',
      'fil_x.jpg',
      '%00.jpg',
      `fil_${'a'.repeat(22)}.jpg%2f..`,
      '.incoming',
    ]) {
      const answer = await fetchAs(world, ada, `/api/files/${name}`);
      expect([400, 404], name).toContain(answer.status);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      await answer.bytes();
    }
    const unknown = await fetchAs(world, ada, `/api/files/fil_${'a'.repeat(22)}.jpg`);
    expect(unknown.status).toBe(404);
    await unknown.bytes();
  });

  test('the client of the package takes bytes as they are', async () => {
    const blob = await ada.client.call(files.get, { params: { filename: document.filename }, query: {} });
    expect(Buffer.from(await blob.arrayBuffer()).equals(documentBytes)).toBe(true);
  });
});
