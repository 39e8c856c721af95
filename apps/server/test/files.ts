import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type File, files, type Uploaded, type UploadFields } from '@holdfast/contract';
import sharp from 'sharp';
import type { Person } from './people.ts';
import type { World } from './world.ts';

export type SentFile = { name: string; type: string; bytes: Uint8Array };

/** A photograph of so many pixels, as a camera would send it: noisy enough not to shrink to nothing. */
export async function photo(
  width = 640,
  height = 480,
  over: Partial<Omit<SentFile, 'bytes'>> = {},
): Promise<SentFile> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const bytes = await sharp({ create: { width, height, channels: 3, background: '#777', noise } })
    .jpeg({ quality: 85 })
    .toBuffer();
  return { name: 'ceiling.jpg', type: 'image/jpeg', bytes, ...over };
}

/** The smallest thing that readers take for a PDF. */
export const pdf = (padding = 0, name = 'quote.pdf'): SentFile => ({
  name,
  type: 'application/pdf',
  bytes: Buffer.from(
    `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%${'x'.repeat(padding)}\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \ntrailer<</Size 3/Root 1 0 R>>\nstartxref\n102\n%%EOF\n`,
  ),
});

export const text = (content: string, name = 'notes.txt'): SentFile => ({
  name,
  type: 'text/plain',
  bytes: Buffer.from(content),
});

export function formOf(fields: Record<string, string>, sent: readonly SentFile[]): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const { name, type, bytes } of sent)
    form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>], { type }), name);
  return form;
}

export const uploadAll = (
  person: Person,
  fields: UploadFields,
  sent: readonly SentFile[],
): Promise<Uploaded> =>
  person.client.call(files.upload, { form: formOf(fields as Record<string, string>, sent) });

/** Uploads one file and answers what became of it. */
export async function uploadOne(person: Person, fields: UploadFields, sent: SentFile): Promise<File> {
  const { files: results } = await uploadAll(person, fields, [sent]);
  return results[0]!.file!;
}

/** Everything in the storage folder: bytes of files, and what is coming in. */
export async function everyByte(world: Pick<World, 'ctx'>): Promise<string[]> {
  return (await entriesOf(world.ctx.config.uploadDir))
    .filter((entry) => entry.isFile() && entry.name !== 'now')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A folder that is deleted while it is read is an error of reading, and no reason to see nothing. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  for (;;) {
    try {
      return await readdir(folder, { recursive: true, withFileTypes: true });
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') throw error;
      if (path === folder) return [];
    }
  }
}

export const fetchAs = (
  world: Pick<World, 'url'>,
  person: Person | undefined,
  path: string,
  init: RequestInit = {},
) =>
  fetch(new URL(path, world.url), {
    redirect: 'manual',
    ...init,
    headers: {
      ...(person === undefined ? {} : { authorization: `Bearer ${person.accessToken}` }),
      ...(init.headers as Record<string, string> | undefined),
    },
  });
