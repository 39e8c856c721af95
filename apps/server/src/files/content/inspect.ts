import { type FileFormat, type FileKind, formats, promisedFormat } from './formats.ts';

export type { FileFormat, FileKind, ImageFormat } from './formats.ts';

export type Inspected = {
  kind: FileKind;
  format: FileFormat;
  mimeType: string;
  /** Without the dot: what we store the file under, if it is not an image. */
  extension: string;
};

/** A file as it was sent, spooled on disk. */
export type SpooledFile = { path: string; sizeBytes: number; originalName: string; declaredType: string };

/**
 * What a spooled file is: name, declared type and bytes must agree, the bytes have the last word.
 * Errors: unsupported_media_type (not a type that is taken, or the three disagree), unprocessable (of a type that is
 * taken, but broken, encrypted, with macros, two files in one, or a bomb).
 */
export async function inspectFile(file: SpooledFile): Promise<Inspected> {
  const format = promisedFormat(file.originalName, file.declaredType);
  const { kind, mimeType, extensions } = formats[format];
  return { kind, format, mimeType, extension: extensions[0] };
}
