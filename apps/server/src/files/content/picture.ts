import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metadata } from 'sharp';
import { AppError } from '../../errors.ts';
import { storageFull } from '../../storage/no-space.ts';
import type { ImageFormat } from './formats.ts';
import { readHead } from './head.ts';
import { decodeHeic } from './heic.ts';
import { imageFormatOf } from './image-format.ts';
import { type Picture, removeRenditions, render } from './renditions.ts';
import { maximumPixels, maximumSidePixels, readMetadata } from './sharp-settings.ts';
import { createTurns } from './turns.ts';

export type { Picture, Rendition } from './renditions.ts';

/** As many as 25 megapixels are with 8 bits and transparency. More has 16 bits a colour, which nobody sees. */
const maximumDecodedBytes = 4 * maximumPixels;

/** Two at once, or one large one: what memory they take goes by their pixels. */
const takeTurn = createTurns(2, maximumPixels);

/**
 * Makes a clean picture of what was sent: turned upright, without metadata, in sRGB, of at most 25 megapixels, with two
 * thumbnails. Of an animation the first frame is kept: these are pictures of work and people, and frames multiply what
 * a decoder has to do. Writes `<baseName>.<ext>`, `<baseName>.256.webp` and `<baseName>.1024.webp` into `directory`;
 * nothing is left there if it throws.
 * Errors: unprocessable for a broken picture and for one of more than 25 megapixels.
 */
export async function processPicture(
  source: { path: string; format: ImageFormat },
  directory: string,
  baseName: string,
): Promise<Picture> {
  const base = join(directory, baseName);
  const head = await readHead(source.path);
  if (imageFormatOf(head) !== source.format) throw broken();
  const metadata = await readMetadata(source.path).catch(throwBroken);
  refuseLarge(metadata);
  return await takeTurn(metadata.width * metadata.height, async () => {
    try {
      return await (source.format === 'heic' ? renderHeic : renderOther)(source.path, metadata, base);
    } catch (error) {
      await removeRenditions(base);
      if (isOurs(error)) throw error;
      throw isFull(error) ? storageFull(error) : broken(error);
    }
  });
}

const renderOther = (path: string, { hasAlpha }: Metadata, base: string): Promise<Picture> =>
  render(path, hasAlpha, base);

async function renderHeic(path: string, { width, height, icc }: Metadata, base: string): Promise<Picture> {
  const pixels = `${base}.tiff`;
  try {
    await decodeHeic({ source: path, target: pixels, width, height, icc });
    const { hasAlpha } = await readMetadata(pixels);
    return await render(pixels, hasAlpha, base);
  } finally {
    await rm(pixels, { force: true });
  }
}

function refuseLarge({ width, height, channels, depth }: Metadata): void {
  const decodedBytes = width * height * channels * (depth === 'uchar' ? 1 : 2);
  const isLong = Math.max(width, height) > maximumSidePixels;
  if (isLong || width * height > maximumPixels || decodedBytes > maximumDecodedBytes)
    throw new AppError(
      'unprocessable',
      `The picture has ${width} × ${height} pixels; at most 25 megapixels are taken, and ${maximumSidePixels} on a side.`,
    );
}

/** libvips says it in words. */
const isFull = (error: unknown): boolean => /ENOSPC|EDQUOT|write error|No space left/.test(String(error));

/** A missing folder is not the picture's fault, and nobody who sends it again can change it. */
const isOurs = (error: unknown): boolean => /open for write|ENOENT|EACCES|EROFS|EEXIST/.test(String(error));

const broken = (cause?: unknown): AppError =>
  new AppError('unprocessable', 'The picture is broken or cut off.', { cause });

function throwBroken(cause: unknown): never {
  throw broken(cause);
}
