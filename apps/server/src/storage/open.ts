import type { S3Config, StorageConfig } from '../config-storage.ts';
import { openDisk } from './disk.ts';
import type { Storage, Storages } from './storage.ts';

/**
 * The places for files: S3 is current when a bucket is configured, else the folder. The folder is always there, for
 * files of the time before and for what is on its way. Nothing is touched yet.
 */
export function openStorage(config: Pick<StorageConfig, 'uploadDir' | 's3'>): Storages {
  const disk = openDisk(config.uploadDir);
  const s3 = config.s3 === undefined ? undefined : openS3Later(config.s3);
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

/** Amazon's SDK takes half a second and tens of megabytes: only those who use S3 pay for it, at the first use. */
function openS3Later(config: S3Config): Storage & { close(): void } {
  let opened: Promise<Storage & { close(): void }> | undefined;
  const open = () => {
    opened ??= import('../vendors/s3.ts').then(({ openS3 }) => openS3(config));
    return opened;
  };
  return {
    name: 's3',
    put: async (key, localPath, info) => (await open()).put(key, localPath, info),
    get: async (key, range) => (await open()).get(key, range),
    remove: async (key) => (await open()).remove(key),
    list: async function* () {
      yield* (await open()).list();
    },
    ...(config.allowsPresignedUrls && {
      presign: async (key, options) => (await open()).presign!(key, options),
    }),
    close: () => void opened?.then((s3) => s3.close()),
  };
}
