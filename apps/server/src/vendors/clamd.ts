import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { ClamdConfig } from '../config-storage.ts';
import { AppError } from '../errors.ts';

export type ScanResult = { isClean: true } | { isClean: false; signature: string };

export type Scanner = {
  /**
   * What the scanner says of these bytes. Throws AppError 'unavailable' when it does not say it, and whatever the
   * stream fails with. The stream is read to its end or destroyed.
   */
  scan(stream: Readable): Promise<ScanResult>;
};

/** How long one scan may take in all. */
const defaultLimitMs = 120_000;

// An answer is one short line.
const maximumAnswerBytes = 4_096;

/** The virus scanner clamd, by its INSTREAM command; one connection for each scan. */
export function createScanner(clamd: ClamdConfig, limitMs = defaultLimitMs): Scanner {
  const address = 'path' in clamd ? clamd.path : `${clamd.host}:${clamd.port}`;
  return {
    scan: async (stream) => {
      const socket = createConnection(clamd);
      const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${limitMs} ms`)), limitMs);
      try {
        return await scan(socket, stream);
      } catch (error) {
        if (error instanceof SourceFailed) throw error.cause;
        throw unavailable(address, error);
      } finally {
        clearTimeout(timer);
        socket.destroy();
        stream.destroy();
      }
    },
  };
}

function unavailable(address: string, cause: unknown): AppError {
  const { message, code } = cause as Error & { code?: string };
  const hint =
    code === 'EPIPE' || code === 'ECONNRESET' ? '; its StreamMaxLength may be less than MAX_FILE_SIZE' : '';
  return new AppError('unavailable', 'Files cannot be scanned for viruses right now.', {
    cause: new Error(`clamd at ${address}: ${message}${hint}`, { cause }),
  });
}

/** It was not the scanner that failed: the bytes ended with an error. */
class SourceFailed extends Error {}

async function scan(socket: Socket, stream: Readable): Promise<ScanResult> {
  const answer = readAnswer(socket);
  // It may answer before it has all bytes: that it found something, or that they are too many.
  return toResult(await Promise.race([answer, send(socket, stream).then(() => answer)]));
}

/** The command, then each piece of the stream with its length before it, then a length of zero. */
async function send(socket: Socket, stream: Readable): Promise<void> {
  await once(socket, 'connect');
  socket.write('zINSTREAM\0');
  for await (const piece of piecesOf(stream)) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(piece.length);
    socket.write(length);
    // Without this a large file would wait in memory for a slow scanner.
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    if (socket.destroyed) throw new Error('the connection was closed');
  }
  socket.write(Buffer.alloc(4));
}

async function* piecesOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    // A piece of no bytes would be the end.
    for await (const piece of stream as AsyncIterable<Buffer>) if (piece.length > 0) yield piece;
  } catch (cause) {
    throw new SourceFailed('the bytes could not be read', { cause });
  }
}

/** The line that clamd sends, up to its zero byte or its end. */
async function readAnswer(socket: Socket): Promise<string> {
  let text = '';
  for await (const piece of socket as AsyncIterable<Buffer>) {
    text += piece.toString('latin1');
    if (text.includes('\0') || text.length > maximumAnswerBytes) break;
  }
  return text.split('\0', 1)[0]!.trim();
}

function toResult(answer: string): ScanResult {
  if (/^stream: OK$/.test(answer)) return { isClean: true };
  const signature = /^stream: (.+) FOUND$/.exec(answer)?.[1];
  if (signature !== undefined) return { isClean: false, signature };
  throw new Error(answer === '' ? 'the connection was closed without an answer' : `answered ${answer}`);
}
