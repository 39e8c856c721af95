import type { ImageFormat } from './formats.ts';

const startsWith = (head: Buffer, text: string, at = 0): boolean =>
  head.toString('latin1', at, at + text.length) === text;

/** The picture's format by its first bytes; undefined if it is none that is taken. */
export function imageFormatOf(head: Buffer): ImageFormat | undefined {
  if (startsWith(head, '\xff\xd8\xff')) return 'jpeg';
  if (startsWith(head, '\x89PNG\r\n\x1a\n')) return 'png';
  if (startsWith(head, 'GIF87a') || startsWith(head, 'GIF89a')) return 'gif';
  if (startsWith(head, 'RIFF') && startsWith(head, 'WEBPVP8', 8)) return 'webp';
  return startsWith(head, 'ftyp', 4) ? formatOfBrands(head) : undefined;
}

const heicBrands = new Set(['heic', 'heix', 'hevc', 'hevx']);
const avifBrands = new Set(['avif', 'avis']);
const eitherBrands = new Set(['mif1', 'msf1']);

/**
 * HEIC and AVIF are the same container around different codecs. Where the main brand says only that it is a picture,
 * the other brands say with which codec; a phone's HEIF without any is HEVC.
 */
function formatOfBrands(head: Buffer): ImageFormat | undefined {
  const end = Math.min(head.readUInt32BE(0), head.length);
  if (end < 16) return undefined;
  const main = head.toString('latin1', 8, 12);
  if (avifBrands.has(main)) return 'avif';
  if (heicBrands.has(main)) return 'heic';
  if (!eitherBrands.has(main)) return undefined;
  const others = [];
  for (let at = 16; at + 4 <= end; at += 4) others.push(head.toString('latin1', at, at + 4));
  return others.some((brand) => avifBrands.has(brand)) && !others.some((brand) => heicBrands.has(brand))
    ? 'avif'
    : 'heic';
}
