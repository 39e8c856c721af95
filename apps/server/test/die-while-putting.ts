import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { openDisk } from '../src/storage/disk.ts';
import { putFile } from './local-files.ts';

/*
 * Stores a file from what claims to be another file system, and is killed with -9 when the copy is complete and not
 * yet in its place. Its arguments are the folder of uploads, the key and the local file.
 */

const [folder, key, path] = process.argv.slice(2) as [string, string, string];
let renames = 0;
fs.rename = async () => {
  renames += 1;
  if (renames === 1) throw Object.assign(new Error('EXDEV: cross-device link'), { code: 'EXDEV' });
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
syncBuiltinESMExports();
await putFile(openDisk(folder), key, path);
