import { open } from 'node:fs/promises';

/** How many bytes of a file's beginning are enough to say what it is. */
const headBytes = 4096;

/** The first bytes of a file, at most 4096. */
export const readHead = (path: string): Promise<Buffer> => readPiece(path, 0, headBytes);

/** So many bytes of a file from there, or fewer if it ends before. */
export async function readPiece(path: string, at: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
