import { rm } from 'node:fs/promises';
import type { OutputInfo, Sharp } from 'sharp';
import { openPicture } from './sharp-settings.ts';

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

/** While WebP is written, the whole picture is in memory, several times; of a JPEG only a few rows are. */
const maximumTransparentSide = 2560;
const placeholderSide = 16;

/**
 * Writes the picture and its thumbnails to `<base>.…`. Each is made of the one before: what was sent is decoded once,
 * which measured is the cheapest and gives a hostile file one chance only. What sharp writes has no metadata and is in
 * sRGB. Throws what sharp throws.
 */
export async function render(path: string, isTransparent: boolean, base: string): Promise<Picture> {
  const main = await writeMain(openPicture(path).autoOrient(), isTransparent, base);
  const large = await writeThumbnail(main.path, 1024, base);
  const small = await writeThumbnail(large.path, 256, base);
  return { main, thumbnails: { 256: small, 1024: large }, placeholder: await placeholderOf(small.path) };
}

/** Everything that `render` may have written to `<base>.…`. */
export async function removeRenditions(base: string): Promise<void> {
  for (const ending of ['jpg', 'webp', '1024.webp', '256.webp'])
    await rm(`${base}.${ending}`, { force: true });
}

async function writeMain(upright: Sharp, isTransparent: boolean, base: string): Promise<Rendition> {
  if (isTransparent) {
    const path = `${base}.webp`;
    const options = { quality: 82, effort: 2 };
    return webp(path, await inside(upright, maximumTransparentSide).webp(options).toFile(path));
  }
  const path = `${base}.jpg`;
  // Tables made for this very picture would save a few percent, and hold all of it in memory.
  const info = await upright.jpeg({ quality: 82, optimiseCoding: false }).toFile(path);
  return { ...sizesOf(path, info), mimeType: 'image/jpeg', extension: 'jpg' };
}

async function writeThumbnail(from: string, side: 256 | 1024, base: string): Promise<Rendition> {
  const path = `${base}.${side}.webp`;
  return webp(path, await inside(openPicture(from), side).webp({ quality: 78, effort: 2 }).toFile(path));
}

async function placeholderOf(from: string): Promise<string> {
  const tiny = await inside(openPicture(from), placeholderSide)
    .blur(1)
    .webp({ quality: 20, alphaQuality: 20 })
    .toBuffer();
  return `data:image/webp;base64,${tiny.toString('base64')}`;
}

/** Never enlarged, and with the proportions that it has. */
const inside = (picture: Sharp, side: number): Sharp =>
  picture.resize(side, side, { fit: 'inside', withoutEnlargement: true });

const webp = (path: string, info: OutputInfo): Rendition => ({
  ...sizesOf(path, info),
  mimeType: 'image/webp',
  extension: 'webp',
});

const sizesOf = (path: string, { size, width, height }: OutputInfo) => ({
  path,
  sizeBytes: size,
  width,
  height,
});
