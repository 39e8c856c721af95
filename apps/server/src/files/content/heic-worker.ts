import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import heicDecode from 'heic-decode';
import type { HeicOrder } from './heic.ts';
import { tiffHeader } from './tiff.ts';

/*
 * Runs in a thread of its own, see heic.ts: a decoder of hostile input, compiled to WebAssembly, that can neither write
 * outside of its memory nor take more of it than this allows, and that can be ended at any time.
 */

const order = workerData as HeicOrder;

type Memory = { buffer: ArrayBuffer; grow(this: Memory, pages: number): number };
/** In Node's types there is no WebAssembly without the browser's. */
const memoryPrototype = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } })
  .WebAssembly.Memory.prototype;
const pageBytes = 65_536;

limitMemory(order.memoryBytes);
try {
  await decode();
  parentPort!.postMessage('done');
} catch (error) {
  parentPort!.postMessage(String(error));
}

/** WebAssembly's memory is not part of a worker's resource limits. A refused growth is a failed allocation inside. */
function limitMemory(bytes: number): void {
  const { grow } = memoryPrototype;
  memoryPrototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * pageBytes > bytes) throw new RangeError('out of memory');
    return grow.call(this, pages);
  };
}

async function decode(): Promise<void> {
  const [image] = await heicDecode.all({ buffer: readFileSync(order.source) });
  // What was measured before came from another reader of the same bytes, so both must agree.
  if (image === undefined || image.width !== order.width || image.height !== order.height)
    throw new Error('unexpected size');
  const { width, height, data } = await image.decode();
  const opaque = isOpaque(data);
  const samples = opaque ? withoutAlpha(data) : data;
  const file = openSync(order.target, 'wx');
  try {
    writeAll(file, tiffHeader({ width, height, samples: opaque ? 3 : 4, icc: order.icc }));
    writeAll(file, samples);
  } finally {
    closeSync(file);
  }
}

function isOpaque(data: Uint8ClampedArray): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

/** In place: the picture's memory is needed only once. */
function withoutAlpha(data: Uint8ClampedArray): Uint8ClampedArray {
  let to = 0;
  for (let from = 0; from < data.length; from += 4) {
    data[to++] = data[from]!;
    data[to++] = data[from + 1]!;
    data[to++] = data[from + 2]!;
  }
  return data.subarray(0, to);
}

function writeAll(file: number, bytes: Uint8Array | Uint8ClampedArray): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
