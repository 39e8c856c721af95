import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

/** A multipart body with one file, made once: the client's own work is to be small beside the server's. */
export type Form = { bytes: Buffer; type: string; fileBytes: number };

export type Sample = { name: string; type: string; bytes: Buffer };

/** About 1 MB as a phone would send it: 4.3 megapixels with enough noise not to shrink to nothing. */
export async function photoOfOneMegabyte(): Promise<Sample> {
  const noise = { type: 'gaussian', mean: 128, sigma: 12 } as const;
  const bytes = await sharp({ create: { width: 2400, height: 1800, channels: 3, background: '#777', noise } })
    .jpeg({ quality: 85 })
    .toBuffer();
  return { name: 'photo.jpg', type: 'image/jpeg', bytes };
}

/** The most pixels that are taken, in fewer bytes than a file may have: its noise is coarse. */
export async function photoOfMostPixels(): Promise<Sample> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const bytes = await sharp({ create: { width: 1250, height: 1250, channels: 3, background: '#777', noise } })
    .resize(5000, 5000)
    .jpeg({ quality: 80 })
    .toBuffer();
  return { name: 'large.jpg', type: 'image/jpeg', bytes };
}

/** Of so many bytes, nearly all in one stream that looks compressed. */
export function pdfOf(sizeBytes: number): Sample {
  const begin = '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Length 3 0 R>>stream\n';
  const end = '\nendstream endobj\ntrailer<</Size 3/Root 1 0 R>>\nstartxref\n102\n%%EOF\n';
  const stream = randomBytes(sizeBytes - begin.length - end.length);
  return {
    name: 'plan.pdf',
    type: 'application/pdf',
    bytes: Buffer.concat([Buffer.from(begin, 'latin1'), stream, Buffer.from(end, 'latin1')]),
  };
}

export async function formOf({ name, type, bytes }: Sample, purpose: string): Promise<Form> {
  const form = new FormData();
  form.append('purpose', purpose);
  form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
  const encoded = new Response(form);
  return {
    type: encoded.headers.get('content-type')!,
    bytes: Buffer.from(await encoded.arrayBuffer()),
    fileBytes: bytes.length,
  };
}
