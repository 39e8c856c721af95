import sharp, { type Metadata, type Sharp } from 'sharp';

/** Above it a picture is refused before its pixels are decoded. */
export const maximumPixels = 25_000_000;
/** WebP can hold no more on one side, and hardly anything that people photograph is longer. */
export const maximumSidePixels = 16_383;

const maximumSeconds = 30;

/*
 * For the whole process: one thread for one picture, since turns bound how many there are; no memory kept for pictures
 * that will not come again; and of all that libvips can read only what is taken, whatever a file claims to be.
 * TIFF is for what heic.ts writes.
 */
sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif',
    'VipsForeignLoadTiffFile',
  ],
});

/** A picture on disk, its first frame. Cut-off files are refused, what cameras do slightly wrong is not. */
export const openPicture = (path: string): Sharp =>
  sharp(path, { failOn: 'error', limitInputPixels: maximumPixels, sequentialRead: true, pages: 1 }).timeout({
    seconds: maximumSeconds,
  });

/** Reads the head of the file only, and so does not mind how many pixels it says. */
export const readMetadata = async (path: string): Promise<Metadata> =>
  await sharp(path, { failOn: 'error', limitInputPixels: false, pages: 1 }).metadata();
