import { createHash } from 'node:crypto';
import { invalidRequest } from './errors.ts';

export type Upload = {
  filename: string;
  content: Buffer;
  /** What tells this content from any other, for comparing requests. */
  digest: string;
};

const maximumParts = 100;

function asText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`[;\\s]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(header);
  const value = match?.[1] ?? match?.[2];
  return value === undefined ? undefined : asText(value.replaceAll(/\\(.)/g, '$1'));
}

function uploadOf(filename: string, bytes: string): Upload {
  const content = Buffer.from(bytes, 'latin1');
  return { filename, content, digest: createHash('sha256').update(content).digest('hex') };
}

/** Reads a `multipart/form-data` body that was taken one character per byte: fields, and the part `file`. */
export function readMultipart(
  contentType: string,
  body: string,
): { fields: [string, string][]; upload: Upload | undefined } {
  const boundary = parameter(contentType, 'boundary');
  if (boundary === undefined || boundary === '') {
    throw invalidRequest('Invalid request body: the multipart boundary is missing.');
  }
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`);
  if (parts.length < 3 || !parts.at(-1)?.startsWith('--') || parts.length > maximumParts) {
    throw invalidRequest('Invalid request body: it is not proper multipart/form-data.');
  }
  const fields: [string, string][] = [];
  let upload: Upload | undefined;
  for (const part of parts.slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const headers = part.slice(0, Math.max(end, 0));
    const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? '';
    const name = parameter(disposition, 'name');
    if (end < 0 || name === undefined) throw invalidRequest('Invalid request body: a part has no name.');
    const bytes = part.slice(end + 4);
    const filename = parameter(disposition, 'filename');
    if (name === 'file') upload = uploadOf(filename ?? 'blob', bytes);
    else fields.push([name, asText(bytes)]);
  }
  return { fields, upload };
}
