import { AppError } from '../../errors.ts';

export type FileKind = 'image' | 'pdf' | 'document' | 'text';
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'heic' | 'avif';
export type DocumentFormat = 'docx' | 'xlsx' | 'pptx' | 'odt';
export type FileFormat = ImageFormat | DocumentFormat | 'pdf' | 'txt' | 'csv';

type FormatFacts = {
  kind: FileKind;
  mimeType: string;
  /** Without the dot; the first one is the one that we store under. */
  extensions: readonly [string, ...string[]];
  /** What clients also call it. */
  aliases: readonly string[];
};

const zip = ['application/zip', 'application/x-zip-compressed'];

/** Everything that is taken; whatever is not in this table is not. */
export const formats: Record<FileFormat, FormatFacts> = {
  jpeg: {
    kind: 'image',
    mimeType: 'image/jpeg',
    extensions: ['jpg', 'jpeg', 'jfif', 'jpe', 'pjpeg', 'pjp'],
    aliases: ['image/jpg', 'image/pjpeg', 'image/jfif'],
  },
  png: {
    kind: 'image',
    mimeType: 'image/png',
    extensions: ['png'],
    aliases: ['image/x-png', 'image/apng', 'image/vnd.mozilla.apng'],
  },
  webp: { kind: 'image', mimeType: 'image/webp', extensions: ['webp'], aliases: ['image/x-webp'] },
  gif: { kind: 'image', mimeType: 'image/gif', extensions: ['gif'], aliases: [] },
  heic: {
    kind: 'image',
    mimeType: 'image/heic',
    extensions: ['heic', 'heif', 'hif'],
    aliases: ['image/heif', 'image/heic-sequence', 'image/heif-sequence', 'image/x-heic', 'image/x-heif'],
  },
  avif: { kind: 'image', mimeType: 'image/avif', extensions: ['avif'], aliases: ['image/avif-sequence'] },
  pdf: { kind: 'pdf', mimeType: 'application/pdf', extensions: ['pdf'], aliases: ['application/x-pdf'] },
  docx: {
    kind: 'document',
    mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    extensions: ['docx'],
    aliases: zip,
  },
  xlsx: {
    kind: 'document',
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extensions: ['xlsx'],
    aliases: zip,
  },
  pptx: {
    kind: 'document',
    mimeType: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    extensions: ['pptx'],
    aliases: zip,
  },
  odt: {
    kind: 'document',
    mimeType: 'application/vnd.oasis.opendocument.text',
    extensions: ['odt'],
    aliases: ['application/x-vnd.oasis.opendocument.text', ...zip],
  },
  txt: { kind: 'text', mimeType: 'text/plain', extensions: ['txt', 'text'], aliases: [] },
  csv: {
    kind: 'text',
    mimeType: 'text/csv',
    extensions: ['csv'],
    // Windows says what opens the file, browsers without a registered program say plain text.
    aliases: [
      'text/plain',
      'text/x-csv',
      'application/csv',
      'application/x-csv',
      'text/comma-separated-values',
      'application/vnd.ms-excel',
    ],
  },
};

/** What clients send when they have nothing to say about the type. */
const unsaid = new Set(['', 'application/octet-stream', 'binary/octet-stream', 'application/unknown']);

const formatOfExtension = new Map(
  (Object.keys(formats) as FileFormat[]).flatMap((format) =>
    formats[format].extensions.map((extension) => [extension, format] as const),
  ),
);

export const takenInWords = 'JPEG, PNG, WebP, GIF, HEIC, AVIF, PDF, DOCX, XLSX, PPTX, ODT, TXT or CSV';

/**
 * The one format that the name and the declared type agree on; what the bytes are is still to be seen.
 * Errors: unsupported_media_type if the ending is none of ours or says something else than the declared type.
 */
export function promisedFormat(originalName: string, declaredType: string): FileFormat {
  const extension = /[^./\\]\.([a-z0-9]+)$/i.exec(originalName)?.[1]?.toLowerCase();
  const format = extension === undefined ? undefined : formatOfExtension.get(extension);
  if (format === undefined)
    throw new AppError('unsupported_media_type', `The file's name must end like one of: ${takenInWords}.`);
  const declared = declaredType.split(';', 1)[0]!.trim().toLowerCase();
  const { mimeType, aliases } = formats[format];
  if (!unsaid.has(declared) && declared !== mimeType && !aliases.includes(declared))
    throw new AppError(
      'unsupported_media_type',
      `The file's name ends in .${extension}, which is ${mimeType}; its declared type is another one.`,
    );
  return format;
}
