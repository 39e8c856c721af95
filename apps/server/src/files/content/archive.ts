import { buffer } from 'node:stream/consumers';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { AppError } from '../../errors.ts';
import { readPiece } from './head.ts';

/** A zip on disk whose directory has been looked through. */
export type Archive = { zip: ZipFile; entries: ReadonlyMap<string, Entry> };

/*
 * The bounds are far above what real documents have (a workbook of 10 MB unpacks to 200 MB at worst) and far below what
 * hurts the reader of a bomb. Nothing is unpacked here but small parts, by readEntry.
 */
const maximumEntries = 4000;
const maximumEntryBytes = 256 * 1024 * 1024;
const maximumTotalBytes = 384 * 1024 * 1024;
/** How many times larger than packed; only for what is large, since short repetitions pack arbitrarily well. */
const maximumRatio = 200;
const ratioFromBytes = 1024 * 1024;
const maximumNameBytes = 255;
const maximumPartBytes = 1024 * 1024;

const endRecordBytes = 22;
/** After an entry's data there may be its sizes once more: 12 to 24 bytes. */
const descriptorBytes = 24;

const stored = 0;
const deflated = 8;

/**
 * Opens a zip and checks its directory against the bounds, and that the file is this archive from its first to its
 * last byte: nothing before, between and after the entries, so that no two programs see two different files in it.
 * `use` gets it, and it is closed in any case. Errors: unprocessable.
 */
export async function withArchive<T>(
  file: { path: string; sizeBytes: number },
  use: (archive: Archive) => Promise<T>,
): Promise<T> {
  const directory = await findDirectory(file);
  const zip = await openPromise(file.path, { autoClose: false, lazyEntries: true }).catch(throwBroken);
  // Without a listener an error while closing would end the process.
  zip.on('error', () => {});
  try {
    const entries = await readEntries(zip).catch(throwBroken);
    await checkLayout(zip, [...entries.values()], directory.start).catch(throwBroken);
    return await use({ zip, entries }).catch(throwBroken);
  } finally {
    zip.close();
  }
}

/** A small part of the archive as text. Errors: unprocessable if it is missing or larger than 1 MiB. */
export async function readEntry({ zip, entries }: Archive, name: string): Promise<string> {
  const entry = entries.get(name);
  if (entry === undefined || entry.uncompressedSize > maximumPartBytes) throw broken();
  // The stream fails as soon as more bytes come than were declared.
  return (await buffer(await zip.openReadStreamPromise(entry))).toString('utf8');
}

/** The end record is where a plain zip has it, at the very end, and the directory is right before it. */
async function findDirectory(file: { path: string; sizeBytes: number }): Promise<{ start: number }> {
  const at = file.sizeBytes - endRecordBytes;
  if (at < 0) throw broken();
  const end = await readPiece(file.path, at, endRecordBytes);
  if (end.length < endRecordBytes) throw broken();
  const start = end.readUInt32LE(16);
  // Zip64 is for archives of gigabytes and fails here as well: its own end records would be in between.
  if (end.readUInt32LE(0) !== 0x06054b50 || start + end.readUInt32LE(12) !== at) throw broken();
  return { start };
}

async function readEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > maximumEntries) throw bomb();
  const entries = new Map<string, Entry>();
  const seen = new Set<string>();
  let totalBytes = 0;
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.toLowerCase();
    if (seen.has(name) || entry.fileNameLength > maximumNameBytes || hasSecondName(entry)) throw broken();
    seen.add(name);
    if (entry.isEncrypted()) throw new AppError('unprocessable', 'The document is encrypted.');
    if (entry.compressionMethod !== stored && entry.compressionMethod !== deflated) throw broken();
    totalBytes += entry.uncompressedSize;
    if (isBomb(entry) || totalBytes > maximumTotalBytes) throw bomb();
    entries.set(entry.fileName, entry);
  }
  return entries;
}

/** A second name in Unicode, which some programs take and others do not. */
const hasSecondName = (entry: Entry): boolean => entry.extraFields.some(({ id }) => id === 0x7075);

const isBomb = ({ uncompressedSize, compressedSize }: Entry): boolean =>
  uncompressedSize > maximumEntryBytes ||
  (uncompressedSize > ratioFromBytes && uncompressedSize > compressedSize * maximumRatio);

/** The entries follow each other from the first byte to the directory; an overlap would be a bomb, a gap a hiding place. */
async function checkLayout(zip: ZipFile, entries: Entry[], directoryStart: number): Promise<void> {
  let expected = 0;
  let slack = 0;
  for (const entry of entries.toSorted(
    (a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader,
  )) {
    const start = entry.relativeOffsetOfLocalHeader;
    if (start < expected || start > expected + slack) throw broken();
    const local = await zip.readLocalFileHeaderPromise(entry);
    if (!local.fileName.equals(entry.fileNameRaw)) throw broken();
    expected = local.fileDataStart + entry.compressedSize;
    slack = (entry.generalPurposeBitFlag & 8) === 0 ? 0 : descriptorBytes;
  }
  if (directoryStart < expected || directoryStart > expected + slack) throw broken();
}

export const broken = (cause?: unknown): AppError =>
  new AppError('unprocessable', 'The document is broken.', { cause });

const bomb = (): AppError => new AppError('unprocessable', 'The document is too large when it is unpacked.');

function throwBroken(cause: unknown): never {
  throw cause instanceof AppError ? cause : broken(cause);
}
