import type { ImageFormat } from '../formats.ts';
import { processPicture } from '../picture.ts';

/*
 * A process of its own, since memory can only be measured where nothing else happens: processes one file so many times
 * at once, and prints what it cost. Arguments: format, file, directory, times.
 */

const [format, path, directory, times] = process.argv.slice(2);
const memoryBytes = () => process.memoryUsage.rss();

const before = memoryBytes();
let peak = before;
const sampling = setInterval(() => {
  peak = Math.max(peak, memoryBytes());
}, 5);
const started = performance.now();
const outcomes = await Promise.all(
  Array.from({ length: Number(times) }, (_one, index) =>
    processPicture({ path: path!, format: format as ImageFormat }, directory!, `${index}`).then(
      () => 'taken',
      (error: Error) => error.message,
    ),
  ),
);
clearInterval(sampling);
const elapsedMs = Math.round(performance.now() - started);
console.log(JSON.stringify({ outcomes, elapsedMs, peakMegabytes: Math.round((peak - before) / 1e6) }));
