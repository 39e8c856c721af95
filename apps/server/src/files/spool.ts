import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StorageEngine } from 'multer';
import { newId } from '../ids.ts';
import type { SentFile } from './content/inspect.ts';

/** A file as it was sent, in a folder of its own that is deleted when the request is over. */
export type SpooledFile = SentFile & {
  /** Sent with more bytes than a file may have; the rest was not kept. */
  isTooLarge: boolean;
};

/** A new folder for what one request brings. */
export async function openFolder(incomingDir: string): Promise<string> {
  const folder = join(incomingDir, newId('upl'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export const closeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** Writes what multer finds into the folder, byte by byte as it comes. */
export function spoolInto(folder: string, maximumBytes: number, signal: AbortSignal): StorageEngine {
  let count = 0;
  return {
    _handleFile: (_request, file, done) => {
      count += 1;
      const path = join(folder, `${count}`);
      write(file.stream, path, maximumBytes, signal).then(
        ({ sizeBytes, isTooLarge }) => done(null, { path, size: sizeBytes, ...{ isTooLarge } }),
        (error: unknown) => done(signal.aborted ? signal.reason : error),
      );
    },
    // The whole folder goes when the request is over.
    _removeFile: (_request, _file, done) => done(null),
  };
}

async function write(
  source: Readable,
  path: string,
  maximumBytes: number,
  signal: AbortSignal,
): Promise<{ sizeBytes: number; isTooLarge: boolean }> {
  const meter = measure(maximumBytes);
  await pipeline(source, meter.stream, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
  return { sizeBytes: meter.bytes(), isTooLarge: meter.bytes() > maximumBytes };
}

/** Lets so many bytes through and counts on, so that the other files of the request are still read. */
function measure(maximumBytes: number): { stream: Transform; bytes(): number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maximumBytes) done();
      else done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}
