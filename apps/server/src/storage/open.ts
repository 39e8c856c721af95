import type { StorageConfig } from '../config-storage.ts';
import { openS3 } from '../vendors/s3.ts';
import { openDisk } from './disk.ts';
import type { Storages } from './storage.ts';

/**
 * The places for files: S3 is current when a bucket is configured, else the folder. The folder is always there, for
 * files of the time before and for what is on its way. Nothing is touched yet.
 */
export function openStorage(config: Pick<StorageConfig, 'uploadDir' | 's3'>): Storages {
  const disk = openDisk(config.uploadDir);
  const s3 = config.s3 === undefined ? undefined : openS3(config.s3);
  return {
    current: s3 ?? disk,
    byName: (name) => {
      if (name === 'disk') return disk;
      if (s3 === undefined) throw new Error('files were kept in S3, but no S3_BUCKET is set');
      return s3;
    },
    incomingDir: disk.incomingDir,
    prepare: disk.prepare,
    close: () => s3?.close(),
  };
}
