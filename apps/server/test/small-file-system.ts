import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A file system of one megabyte, if this user may have one. */
export async function smallFileSystem() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const run = promisify(execFile);
  const path = await mkdtemp(join(tmpdir(), 'holdfast-small-'));
  const remove = () => rm(path, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]);
  } catch {
    // Root of a container may not.
    await remove();
    return undefined;
  }
  return { path, remove: () => run('umount', [path]).then(remove) };
}
