import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eicar, type FakeClamd, startFakeClamd } from '../../test/fake-clamd.ts';
import { createScanner, type Scanner } from './clamd.ts';

let clamd: FakeClamd;
let scanner: Scanner;

beforeAll(async () => {
  clamd = await startFakeClamd();
  scanner = createScanner(clamd.config);
});
afterEach(() => clamd.behave());
afterAll(() => clamd.stop());

const streamOf = (...pieces: (string | Buffer)[]) => Readable.from(pieces.map((piece) => Buffer.from(piece)));

/** What the log is told when the scan fails; the caller is told less. */
async function causeOf(scan: Promise<unknown>): Promise<string> {
  const error = await scan.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({
    code: 'unavailable',
    status: 503,
    message: 'Files cannot be scanned for viruses right now.',
  });
  return (error!.cause as Error).message;
}

describe('a scan', () => {
  test('finds nothing in clean bytes, of which it sees every one in its order', async () => {
    const bytes = randomBytes(300_000);
    const pieces = [
      bytes.subarray(0, 1),
      Buffer.alloc(0),
      bytes.subarray(1, 200_000),
      bytes.subarray(200_000),
    ];
    expect(await scanner.scan(streamOf(...pieces))).toEqual({ isClean: true });
    expect(clamd.scanned).toHaveLength(1);
    expect(clamd.scanned[0]!.equals(bytes)).toBe(true);
  });

  test('of no bytes is clean', async () => {
    expect(await scanner.scan(streamOf())).toEqual({ isClean: true });
  });

  test('names what it found, also across two pieces', async () => {
    const found = { isClean: false, signature: 'Eicar-Test-Signature' };
    expect(await scanner.scan(streamOf(eicar))).toEqual(found);
    expect(await scanner.scan(streamOf(`x${eicar.slice(0, 30)}`, `${eicar.slice(30)}x`))).toEqual(found);
  });

  test('is apart from others at the same time', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => scanner.scan(streamOf(index % 2 === 0 ? eicar : 'clean'))),
    );
    expect(results.map(({ isClean }) => isClean)).toEqual(results.map((_, index) => index % 2 === 1));
  });

  test('goes over a unix socket as well', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-clamd-'));
    const local = await startFakeClamd(join(folder, 'clamd.ctl'));
    expect(await createScanner(local.config).scan(streamOf(eicar))).toMatchObject({ isClean: false });
    await local.stop();
    expect(await causeOf(createScanner(local.config).scan(streamOf('x')))).toMatch(
      /^clamd at \/.*clamd\.ctl: connect ENOENT/,
    );
    await rm(folder, { recursive: true });
  });

  test('that ends before all bytes were sent reads no more of them', async () => {
    let read = 0;
    const endless = new Readable({
      read() {
        read += 1;
        this.push(Buffer.alloc(65_536));
      },
    });
    // The answer, or that the connection broke, whichever comes first: both say where to look.
    expect(await causeOf(scanner.scan(endless))).toMatch(/INSTREAM size limit exceeded|StreamMaxLength/);
    expect(endless.destroyed).toBe(true);
    expect(read).toBeLessThan(1_000);
  });
});

test('an answer that comes early is enough', async () => {
  clamd.behave((socket) => socket.once('data', () => socket.write('stream: Early-Signature FOUND\0')));
  const stream = new Readable({ read() {} });
  stream.push('the beginning of something');
  expect(await scanner.scan(stream)).toEqual({ isClean: false, signature: 'Early-Signature' });
  expect(stream.destroyed).toBe(true);
});

describe('bytes are never taken for clean', () => {
  test('when they are too many for the scanner', async () => {
    // As clamd does after it has read all: the answer alone, without a broken pipe that may hide it.
    clamd.behave((socket) =>
      socket.once('data', () => socket.write('INSTREAM size limit exceeded. ERROR\0')),
    );
    expect(await causeOf(scanner.scan(streamOf('x')))).toMatch(
      /: answered INSTREAM size limit exceeded\. ERROR$/,
    );
  });

  test.each([
    ['it hangs up without a word', '', /: the connection was closed without an answer$/],
    ['it says something else', 'stream: OK, I think\0', /: answered stream: OK, I think$/],
    ['it says so of something else', 'stream: OK FOUND ERROR\0', /: answered stream: OK FOUND ERROR$/],
    ['it never stops talking', 'x'.repeat(100_000), /: answered x+$/],
  ])('when %s', async (_name, said, message) => {
    clamd.behave((socket) => socket.once('data', () => socket.end(said)));
    expect(await causeOf(scanner.scan(streamOf('x')))).toMatch(message);
  });

  test('when it is not there', async () => {
    const nowhere = createScanner({ host: '127.0.0.1', port: 9 });
    expect(await causeOf(nowhere.scan(streamOf('x')))).toBe(
      'clamd at 127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9',
    );
  });

  test.each([
    ['does not answer', (): Readable => streamOf('x')],
    ['waits for bytes that do not come', (): Readable => new Readable({ read() {} })],
  ])('when it %s within its time', async (_name, stream) => {
    clamd.behave((socket) => socket.resume());
    const scan = createScanner(clamd.config, 50).scan(stream());
    expect(await causeOf(scan)).toMatch(/: no answer within 50 ms$/);
  });

  test('when they could not be read to the end, and that is what is said', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('beginning');
        throw new Error('the disk is gone');
      })(),
    );
    await expect(scanner.scan(broken)).rejects.toThrow('the disk is gone');
    expect(clamd.scanned).toEqual([]);
  });
});
