import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createTurns } from './turns.ts';

/** What the worker is asked to do. */
export type HeicOrder = {
  source: string;
  /** Gets the pixels, as a TIFF. */
  target: string;
  width: number;
  height: number;
  icc: Uint8Array | undefined;
  memoryBytes: number;
};

const timeLimitMs = 30_000;
/** A picture of 25 megapixels was measured to take 9 bytes a pixel; 14 are enough for 10 bits a colour. */
const bytesPerPixel = 14;
const ownBytes = 64 * 1024 * 1024;

const oneAtATime = createTurns(1, 1);

/**
 * Decodes a HEIC into a TIFF, since sharp comes without a decoder for HEVC. The decoder turns the picture upright by
 * itself: in HEIC a property of the container does that, and an orientation in EXIF does not count. Throws an Error if
 * it cannot, or not within 30 seconds; then there may be a half-written target.
 */
export async function decodeHeic(
  order: Omit<HeicOrder, 'memoryBytes'>,
  limitMs = timeLimitMs,
): Promise<void> {
  const memoryBytes = ownBytes + order.width * order.height * bytesPerPixel;
  await oneAtATime(1, () => runWorker({ ...order, memoryBytes }, limitMs));
}

async function runWorker(order: HeicOrder, limitMs: number): Promise<void> {
  const worker = new Worker(new URL('./heic-worker.ts', import.meta.url), {
    workerData: order,
    env: {},
    // What a decoder has to say about broken files is not for our log.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  });
  try {
    // An error of the worker rejects; so does the time limit.
    const [answer] = await once(worker, 'message', { signal: AbortSignal.timeout(limitMs) });
    if (answer !== 'done') throw new Error(`The HEIC cannot be decoded: ${answer}`);
  } finally {
    await worker.terminate();
  }
}
