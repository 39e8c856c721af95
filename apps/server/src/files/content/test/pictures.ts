import { readFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import type { ImageFormat } from '../formats.ts';

export const red = { r: 208, g: 16, b: 16 };
export const blue = { r: 16, g: 16, b: 208 };

/** The left half red, the right half blue; with an opacity of 0 to 255 if it is given. */
export function twoColours(width: number, height: number, opacity?: number): Sharp {
  const channels = opacity === undefined ? 3 : 4;
  const pixels = Buffer.alloc(width * height * channels);
  for (let at = 0; at < width * height; at += 1) {
    const { r, g, b } = at % width < width / 2 ? red : blue;
    pixels.set([r, g, b, opacity ?? 0].slice(0, channels), at * channels);
  }
  return sharp(pixels, { raw: { width, height, channels } });
}

/** One small picture in each of the formats; the HEIC is turned by its container, 64 × 96. */
export async function onePictureEach(): Promise<Record<ImageFormat, Buffer>> {
  const picture = () => twoColours(96, 64);
  return {
    jpeg: await picture().jpeg({ quality: 90 }).toBuffer(),
    png: await picture().png().toBuffer(),
    webp: await picture().webp({ quality: 90 }).toBuffer(),
    gif: await picture().gif().toBuffer(),
    avif: await picture().avif({ quality: 80 }).toBuffer(),
    heic: await readFile(new URL('../fixtures/phone.heic', import.meta.url)),
  };
}

/** A black PNG with one bit a pixel, of a few kilobytes. */
export function blackPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', rows),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** A GIF that says 5000 × 5000 pixels, whose frames are one pixel each. */
export function gifOfManyFrames(frames: number): Buffer {
  const screen = Buffer.from('47494638396188138813800000010203040506', 'hex');
  const control = Buffer.from('21f9040001000000', 'hex');
  const image = Buffer.from('2c00000000010001000002024c0100', 'hex');
  return Buffer.concat([screen, ...Array(frames).fill(Buffer.concat([control, image])), Buffer.from([0x3b])]);
}

/** A WebP with the first frame of an animation many times. */
export async function webpOfManyFrames(frames: number): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const create = { width: 200, height: 400, channels: 3, background: '#345', noise } as const;
  const pixels = await sharp({ create }).raw().toBuffer();
  const two = await sharp(pixels, { raw: { width: 200, height: 400, channels: 3, pageHeight: 200 } })
    .webp({ quality: 1 })
    .toBuffer();
  const first = two.indexOf('ANMF');
  const frame = two.subarray(first, first + 8 + two.readUInt32LE(first + 4));
  const whole = Buffer.concat([two.subarray(0, first), ...Array(frames).fill(frame)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

/** A photograph of almost 25 megapixels with noise, as a JPEG that the camera says is turned. */
export async function largePhotograph(isProgressive: boolean): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const small = await sharp({ create: { width: 480, height: 360, channels: 3, background: '#888', noise } })
    .png()
    .toBuffer();
  return await sharp(small)
    .resize(5774, 4328, { fit: 'fill' })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 88, progressive: isProgressive })
    .toBuffer();
}
