import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blackPng, gifOfManyFrames, largePhotograph, twoColours, webpOfManyFrames } from './test/pictures.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./test/measure.ts', import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-bombs-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** What processing costs in a fresh process, which must survive it; in megabytes above what it had. */
async function measure(format: string, content: Buffer, times = 1) {
  const path = join(folder, crypto.randomUUID());
  await writeFile(path, content);
  const { stdout } = await run(process.execPath, [script, format, path, folder, `${times}`]);
  return JSON.parse(stdout) as { outcomes: string[]; elapsedMs: number; peakMegabytes: number };
}

describe('a bomb costs less than 200 MB', () => {
  test('and no time, if it says that it has too many pixels', async () => {
    const bomb = blackPng(25_000, 25_000);
    expect(bomb.length).toBeLessThan(100_000);
    const { outcomes, elapsedMs, peakMegabytes } = await measure('png', bomb, 20);
    expect(new Set(outcomes)).toEqual(new Set([expect.stringMatching(/25000 × 25000/)]));
    expect(elapsedMs).toBeLessThan(5_000);
    expect(peakMegabytes).toBeLessThan(100);
  });

  test('if it has very many frames', async () => {
    for (const [format, content] of [
      ['gif', gifOfManyFrames(100_000)],
      ['webp', await webpOfManyFrames(5_000)],
    ] as const) {
      const { elapsedMs, peakMegabytes } = await measure(format, content);
      expect(peakMegabytes).toBeLessThan(200);
      expect(elapsedMs).toBeLessThan(15_000);
    }
  });

  test('if it has very many pixels with 16 bits, all at once', async () => {
    const deep = await sharp(await twoColours(5000, 5000, 128).png().toBuffer())
      .toColourspace('rgb16')
      .png({ progressive: true })
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    const { outcomes, peakMegabytes } = await measure('png', deep);
    expect(outcomes[0]).toMatch(/5000 × 5000/);
    expect(peakMegabytes).toBeLessThan(100);
  });
});

describe('six photographs of 25 megapixels at once', () => {
  test.each([
    ['read row by row: 200 MB', false, 200],
    ['progressive, so that each must be held whole: 320 MB', true, 320],
  ])(
    'cost less than they would together, %s',
    async (_name, isProgressive, megabytes) => {
      const { outcomes, peakMegabytes } = await measure('jpeg', await largePhotograph(isProgressive), 6);
      expect(outcomes).toEqual(Array(6).fill('taken'));
      expect(peakMegabytes).toBeLessThan(megabytes);
    },
    120_000,
  );
});
