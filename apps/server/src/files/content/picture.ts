import { AppError } from '../../errors.ts';
import type { ImageFormat } from './formats.ts';

export type Rendition = {
  path: string;
  mimeType: 'image/jpeg' | 'image/webp';
  extension: 'jpg' | 'webp';
  sizeBytes: number;
  /** In pixels. */
  width: number;
  height: number;
};

export type Picture = {
  main: Rendition;
  thumbnails: { 256: Rendition; 1024: Rendition };
  /** A tiny blurred picture as a data: URL, for the time until the real one is there. */
  placeholder: string;
};

/**
 * Makes a clean picture of what was sent: turned upright, without metadata, in sRGB, at most 25 megapixels, with two
 * thumbnails. Writes `<baseName>.<ext>`, `<baseName>.256.webp` and `<baseName>.1024.webp` into `directory`; nothing is
 * left there if it throws.
 * Errors: unprocessable for a broken picture and for one of more than 25 megapixels.
 */
export async function processPicture(
  _source: { path: string; format: ImageFormat },
  _directory: string,
  _baseName: string,
): Promise<Picture> {
  throw new AppError('unprocessable', 'The picture cannot be read.');
}
