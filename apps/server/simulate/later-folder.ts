import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../src/ids.ts';

/** A place for a folder that whoever needs it makes: a world without uploads leaves the disk alone. */
export function laterFolder(): { path: string; remove(): Promise<void> } {
  const path = join(tmpdir(), `holdfast-${newId('uploads')}`);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
