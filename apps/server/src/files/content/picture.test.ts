import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import type { ImageFormat } from './formats.ts';
import { decodeHeic } from './heic.ts';
import { type Picture, processPicture } from './picture.ts';
import { damaged, numbersFrom } from './test/broken.ts';
import { blackPng, blue, onePictureEach, red, twoColours, webpOfManyFrames } from './test/pictures.ts';

const formats = ['jpeg', 'png', 'webp', 'gif', 'avif', 'heic'] as const;

let folder: string;
let pictures: Record<ImageFormat, Buffer>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-picture-'));
  pictures = await onePictureEach();
});

afterAll(() => rm(folder, { recursive: true }));

/** In a directory of its own, which must be empty if it fails. */
async function process(content: Buffer, format: ImageFormat): Promise<Picture> {
  const directory = join(folder, crypto.randomUUID());
  await mkdir(directory);
  const path = `${directory}.source`;
  await writeFile(path, content);
  try {
    const picture = await processPicture({ path, format }, directory, 'base');
    const expected = ['base.1024.webp', 'base.256.webp', `base.${picture.main.extension}`];
    expect((await readdir(directory)).toSorted()).toEqual(expected);
    return picture;
  } catch (error) {
    expect(await readdir(directory)).toEqual([]);
    throw error;
  }
}

const allOf = ({ main, thumbnails }: Picture) => [main, thumbnails[1024], thumbnails[256]];

/** The colour at a place that is given in parts of the width and height. */
async function colourAt(path: string, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels;
  return [...data.subarray(at, at + 3)];
}

function expectNear(colour: number[], { r, g, b }: typeof red, tolerance = 20): void {
  for (const [index, value] of [r, g, b].entries())
    expect(Math.abs(colour[index]! - value)).toBeLessThan(tolerance);
}

describe('a picture', () => {
  test.each(formats)(
    'of each format becomes a picture, two thumbnails and a placeholder: %s',
    async (format) => {
      const picture = await process(pictures[format], format);
      const isUpright = format === 'heic';
      for (const one of allOf(picture)) {
        expect(one).toMatchObject(isUpright ? { width: 64, height: 96 } : { width: 96, height: 64 });
        expect(one.sizeBytes).toBe((await readFile(one.path)).length);
        const { width, height } = one;
        expect(await sharp(one.path).metadata()).toMatchObject({
          width,
          height,
          format: one.mimeType.slice(6),
        });
        expectNear(await colourAt(one.path, isUpright ? 0.5 : 0.2, isUpright ? 0.2 : 0.5), red);
        expectNear(await colourAt(one.path, isUpright ? 0.5 : 0.8, isUpright ? 0.8 : 0.5), blue);
      }
      expect(picture.placeholder.length).toBeLessThan(300);
      const [start, data] = picture.placeholder.split(',');
      expect(start).toBe('data:image/webp;base64');
      const { width, height } = await sharp(Buffer.from(data!, 'base64')).metadata();
      expect(Math.max(width, height)).toBe(16);
    },
  );

  test('carries nothing but its pixels, in sRGB', async () => {
    const gps = {
      GPSLatitudeRef: 'N',
      GPSLatitude: '48/1 12/1 0/1',
      GPSLongitudeRef: 'E',
      GPSLongitude: '16/1 22/1 0/1',
    };
    const jpeg = await twoColours(96, 64)
      .withExif({ IFD0: { Make: 'Secret camera' }, IFD3: gps })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">Secret place</x:xmpmeta>')
      .withIccProfile('p3')
      .jpeg({ quality: 95 })
      .toBuffer();
    const before = await sharp(jpeg).metadata();
    expect([before.exif, before.xmp, before.icc].every((one) => one !== undefined)).toBe(true);
    expect((await sharp(pictures.heic).metadata()).exif?.includes('Cam')).toBe(true);
    for (const [content, format] of [
      [jpeg, 'jpeg'],
      [pictures.heic, 'heic'],
    ] as const)
      for (const { path } of allOf(await process(content, format))) {
        const { exif, xmp, icc, iptc, comments } = await sharp(path).metadata();
        expect([exif, xmp, icc, iptc, comments]).toEqual(Array(5).fill(undefined));
        expect((await readFile(path)).toString('latin1')).not.toMatch(/Secret|Cam|Exif|GPS|xmp/);
      }
    // The wide colours were converted, not only relabelled.
    expectNear(await colourAt((await process(jpeg, 'jpeg')).main.path, 0.2, 0.5), red, 8);
    expectNear(await colourAt((await process(pictures.heic, 'heic')).main.path, 0.5, 0.2), red, 8);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'that the camera says is turned (%i) is upright',
    async (orientation) => {
      const tagged = await twoColours(96, 64).withMetadata({ orientation }).jpeg().toBuffer();
      const { main } = await process(tagged, 'jpeg');
      const [width, height] = orientation >= 5 ? [64, 96] : [96, 64];
      expect(main).toMatchObject({ width, height });
      // Where the red half is: 1 and 4 left, 2 and 3 right, 5 and 6 above, 7 and 8 below.
      const place = {
        1: [0.2, 0.5],
        4: [0.2, 0.5],
        2: [0.8, 0.5],
        3: [0.8, 0.5],
        5: [0.5, 0.2],
        6: [0.5, 0.2],
      }[orientation] ?? [0.5, 0.8];
      expectNear(await colourAt(main.path, place[0]!, place[1]!), red);
      expect((await sharp(main.path).metadata()).orientation).toBeUndefined();
    },
  );

  test('with transparency becomes a WebP that has it, at most 2560 pixels long', async () => {
    for (const format of ['png', 'webp', 'gif'] as const) {
      const { main } = await process(await twoColours(96, 64, 0)[format]().toBuffer(), format);
      expect(main).toMatchObject({ extension: 'webp', mimeType: 'image/webp', width: 96, height: 64 });
      expect((await sharp(main.path).metadata()).hasAlpha).toBe(true);
    }
    const large = await process(await twoColours(3000, 300, 128).png().toBuffer(), 'png');
    expect(large.main).toMatchObject({ width: 2560, height: 256 });
  });

  test('has thumbnails that fit into their squares, keep the proportions and are never larger than it', async () => {
    for (const [width, height, large, small] of [
      [2048, 512, [1024, 256], [256, 64]],
      [512, 2048, [256, 1024], [64, 256]],
      [600, 300, [600, 300], [256, 128]],
      [100, 50, [100, 50], [100, 50]],
      [3000, 1, [1024, 1], [256, 1]],
      [1, 1, [1, 1], [1, 1]],
    ] as const) {
      const { main, thumbnails } = await process(await twoColours(width, height).png().toBuffer(), 'png');
      expect([main.width, main.height]).toEqual([width, height]);
      expect([thumbnails[1024].width, thumbnails[1024].height]).toEqual(large);
      expect([thumbnails[256].width, thumbnails[256].height]).toEqual(small);
    }
  });

  test('loses what was hidden behind it', async () => {
    const both = Buffer.concat([pictures.jpeg, Buffer.from('<script>alert(1)</script>')]);
    const { main } = await process(both, 'jpeg');
    expect((await readFile(main.path)).toString('latin1')).not.toMatch(/script/);
  });

  test('of an animation is its first frame', async () => {
    expect((await process(await webpOfManyFrames(50), 'webp')).main).toMatchObject({
      width: 200,
      height: 200,
    });
  });
});

test('a folder that cannot be written to is not blamed on the picture', async () => {
  for (const format of ['jpeg', 'heic'] as const) {
    const path = join(folder, `unwritable.${format}`);
    await writeFile(path, pictures[format]);
    const outcome = await processPicture({ path, format }, join(folder, 'nowhere'), 'base').catch(
      (one) => one,
    );
    expect(outcome).toBeInstanceOf(Error);
    expect(outcome).not.toBeInstanceOf(AppError);
  }
});

test('a HEIC that takes too long is given up, and the next one is not kept waiting', async () => {
  const source = join(folder, 'slow.heic');
  await writeFile(source, pictures.heic);
  const order = { source, width: 64, height: 96, icc: undefined };
  await expect(decodeHeic({ ...order, target: join(folder, 'a.tiff') }, 1)).rejects.toThrow(/abort/i);
  await decodeHeic({ ...order, target: join(folder, 'b.tiff') });
  expect(await sharp(join(folder, 'b.tiff')).metadata()).toMatchObject({
    width: 64,
    height: 96,
    channels: 3,
  });
});

describe('a picture is refused', () => {
  const refused = (content: Buffer, format: ImageFormat) =>
    expect(process(content, format)).rejects.toMatchObject({ name: 'AppError', code: 'unprocessable' });

  test('if it has more than 25 megapixels, exactly', async () => {
    expect((await process(blackPng(5000, 5000), 'png')).main).toMatchObject({ width: 5000, height: 5000 });
    await refused(blackPng(5001, 5000), 'png');
    await refused(blackPng(16_384, 10), 'png');
    await expect(process(blackPng(5001, 5000), 'png')).rejects.toThrow(/5001 × 5000/);
  });

  test.each(formats)('if it is cut off: %s', async (format) => {
    for (const part of [0.1, 0.5, 0.8])
      await refused(pictures[format].subarray(0, pictures[format].length * part), format);
  });

  test('if it is cut off so late that much of it was written before', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 50 } as const;
    const create = { width: 1500, height: 1500, channels: 3, background: '#888', noise } as const;
    const whole = await sharp({ create }).jpeg().toBuffer();
    await refused(whole.subarray(0, whole.length * 0.9), 'jpeg');
  });

  test('if it is of another format than it was taken for', async () => {
    for (const format of formats)
      for (const other of formats) if (other !== format) await refused(pictures[other], format);
  });

  test('if its HEIC says that it is smaller than its pixels', async () => {
    const lying = Buffer.from(pictures.heic);
    const size = lying.indexOf('ispe') + 8;
    lying.writeUInt32BE(40_000, size);
    await refused(lying, 'heic');
    lying.writeUInt32BE(8, size);
    await refused(lying, 'heic');
  });
});

test('whatever is wrong with a picture, it is taken or refused, and nothing is left behind', async () => {
  const next = numbersFrom(20);
  const outcomes = { taken: 0, refused: 0 };
  for (const format of formats)
    await Promise.all(
      Array.from({ length: format === 'heic' ? 30 : 80 }, () =>
        process(damaged(pictures[format], next), format).then(
          () => (outcomes.taken += 1),
          (error: unknown) => {
            if (!(error instanceof AppError && error.code === 'unprocessable')) throw error;
            outcomes.refused += 1;
          },
        ),
      ),
    );
  expect(outcomes.taken + outcomes.refused).toBe(430);
  expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(40);
});
