import type { Readable } from 'node:stream';

/** Both ends are inside, in bytes from 0. An end behind the last byte means the last byte. */
export type Range = { start: number; end: number };

/** Whoever gets the stream reads it to its end or destroys it. `sizeBytes` is what the stream gives. */
export type StoredBytes = { stream: Readable; sizeBytes: number };

export type StoredKey = { key: string; sizeBytes: number; modifiedAt: Date };

/**
 * A place that keeps bytes under keys, one key once. Keys are ours, never a person's: letters, digits, - _ and dots,
 * not a dot first, at most 100; any other key is a plain Error. When the place does not answer, every call throws
 * AppError 'unavailable'.
 */
export type Storage = {
  readonly name: StorageName;
  /**
   * Takes a finished local file. When it resolves the bytes are durable under the key; before, nothing of them is
   * there under that name, and what was there stays. The local file may be gone afterwards: whoever made it removes
   * what is left. Throws AppError 'storage_full', and a plain Error if the file has another size than was said.
   */
  put(key: string, localPath: string, info: { mimeType: string; sizeBytes: number }): Promise<void>;
  /** Undefined if there is nothing under the key. A range that begins behind the last byte is a RangeError. */
  get(key: string, range?: Range): Promise<StoredBytes | undefined>;
  /** What is not there is removed already. */
  remove(key: string): Promise<void>;
  /** All keys, in no order. Besides ours there may be others in a bucket that is not for us alone. */
  list(): AsyncIterable<StoredKey>;
  /**
   * A URL from which a browser may fetch the bytes by itself, for so many seconds, at most a week. They come with
   * this type and Content-Disposition. Only there if the configuration allows it.
   */
  presign?(key: string, options: PresignOptions): Promise<string>;
};

export type StorageName = 'disk' | 's3';
export type PresignOptions = { expiresInSeconds: number; mimeType: string; disposition: string };

export type Storages = {
  /** Where new files go. */
  readonly current: Storage;
  /** Where a file went when it was new. Throws Error if that place is not configured any more. */
  byName(name: StorageName): Storage;
  /**
   * The folder in which files are completed before they are put; what is left in it after a crash is nobody's.
   * Nothing is on disk before `prepare`.
   */
  readonly incomingDir: string;
  /** Makes the folders, if they are not there; cheap enough for every upload. Throws what the system says if it cannot. */
  prepare(): Promise<void>;
  close(): void;
};
