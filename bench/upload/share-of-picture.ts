import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processPicture } from '../../apps/server/src/files/content/picture.ts';
import { type Connections, send } from './requests.ts';
import { median } from './rounds.ts';
import { formOf, type Sample } from './samples.ts';
import type { Servers } from './servers.ts';

const times = 12;

/** Where the time of a photo goes when it comes alone: the same picture processed here, in turns with uploads of it. */
export async function shareOfPicture(
  connections: Connections,
  { disk, bare, tokens }: Servers,
  photo: Sample,
  folder: string,
): Promise<string> {
  const form = await formOf(photo, 'job');
  const path = join(folder, photo.name);
  await writeFile(path, photo.bytes);
  const [whole, picture, nothing] = [[] as number[], [] as number[], [] as number[]];
  // The first of each is not counted.
  for (let time = 0; time <= times; time += 1) {
    const one = await timed(() => send(connections, disk.url, form, tokens[0]!));
    const two = await timed(() => processPicture({ path, format: 'jpeg' }, folder, `alone${time}`));
    const three = await timed(() => send(connections, bare.url, form, tokens[0]!));
    if (time === 0) continue;
    whole.push(one);
    picture.push(two);
    nothing.push(three);
  }
  const [all, decoding, receiving] = [median(whole), median(picture), median(nothing)];
  return (
    `a photo alone takes ${all.toFixed(0)} ms: ${decoding.toFixed(0)} ms (${((decoding / all) * 100).toFixed(0)} %) ` +
    `to decode and encode it, ${(all - decoding).toFixed(0)} ms for all else; multer alone ${receiving.toFixed(0)} ms`
  );
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await task();
  return performance.now() - startedAt;
}
