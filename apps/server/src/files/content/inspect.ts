import { fileTypeFromBuffer } from 'file-type';
import { AppError } from '../../errors.ts';
import { type FileFormat, type FileKind, formats, promisedFormat } from './formats.ts';
import { readHead } from './head.ts';
import { imageFormatOf } from './image-format.ts';
import { inspectDocument } from './office.ts';
import { inspectPdf } from './pdf.ts';
import { inspectText } from './text.ts';

export type { FileFormat, FileKind, ImageFormat } from './formats.ts';

export type Inspected = {
  kind: FileKind;
  format: FileFormat;
  mimeType: string;
  /** Without the dot: what we store the file under, if it is not an image. */
  extension: string;
};

/** A file as it was sent, spooled on disk. */
export type SentFile = { path: string; sizeBytes: number; originalName: string; declaredType: string };

/**
 * What a spooled file is: name, declared type and bytes must agree, the bytes have the last word.
 * Errors: unsupported_media_type (not a type that is taken, or the three disagree), unprocessable (of a type that is
 * taken, but broken, encrypted, with macros, two files in one, or a bomb).
 */
export async function inspectFile(file: SentFile): Promise<Inspected> {
  const format = promisedFormat(file.originalName, file.declaredType);
  const { kind, mimeType, extensions } = formats[format];
  if (file.sizeBytes === 0) throw new AppError('unprocessable', 'The file is empty.');
  const head = await readHead(file.path);
  if (!(await contentIs(format, file, head)))
    throw new AppError(
      'unsupported_media_type',
      `The file's name and type say ${mimeType}; its content is ${await nameOfContent(head)}.`,
    );
  return { kind, format, mimeType, extension: extensions[0] };
}

/** False if the content is of another type; throws unprocessable if it is of this one, but must not be taken. */
async function contentIs(format: FileFormat, file: SentFile, head: Buffer): Promise<boolean> {
  switch (format) {
    case 'pdf':
      return await inspectPdf(file, head);
    case 'docx':
    case 'xlsx':
    case 'pptx':
    case 'odt':
      return await inspectDocument(file, head, format);
    case 'txt':
    case 'csv':
      return await inspectText(file.path);
    default:
      return imageFormatOf(head) === format;
  }
}

/** For the message only: what is refused has been decided before, and this reads no more than the head. */
async function nameOfContent(head: Buffer): Promise<string> {
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  return found?.mime ?? 'something else';
}
