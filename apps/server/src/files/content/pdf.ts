import { createReadStream } from 'node:fs';
import { AppError } from '../../errors.ts';
import { readPiece } from './head.ts';

/*
 * What is looked for are the names that a PDF must use to run a script, start a program, carry another file or ask for
 * a password, as plain text or with letters written as #xx. This catches what common tools write, in files that are
 * not compressed as a whole. It does not catch what lies inside compressed object streams, nor a reader's own bugs:
 * whoever opens a PDF relies on the reader, and we serve it as a download that no browser runs in our origin.
 */

const activeNames = /\/(JavaScript|Launch|EmbeddedFiles?|RichMedia)(?![A-Za-z0-9])/;
const encrypted = /\/Encrypt(?![A-Za-z0-9])/;
/**
 * Three bytes are found in any compressed picture sooner or later, so these must stand among readable text. What stands
 * before is looked at after: a pattern that begins with it tries at every byte, which took most of the time of a PDF.
 */
const shortScriptName = /\/JS(?<=[\s\x21-\x7e]{6}\/JS)\s*(\(|<|\d+\s+\d+\s+R)[\s\x21-\x7e]{4}/;
/** More than the longest of what is looked for. */
const overlap = 128;

const endBytes = 1024;
/** A zip's end with the longest comment. */
const zipEndBytes = 22 + 0xffff;

/** Whether the file is a PDF. Errors: unprocessable for one that is cut, encrypted, active, or a zip as well. */
export async function inspectPdf(file: { path: string; sizeBytes: number }, head: Buffer): Promise<boolean> {
  if (!/^%PDF-[12]\.\d/.test(head.toString('latin1', 0, 8))) return false;
  const tail = await readPiece(file.path, Math.max(0, file.sizeBytes - zipEndBytes), zipEndBytes);
  if (!tail.subarray(-endBytes).includes('%%EOF')) throw refused('is cut off or broken');
  if (tail.includes('PK\x05\x06', 0, 'latin1')) throw refused('is an archive as well');
  let before = '';
  for await (const piece of createReadStream(file.path)) {
    const text = withPlainNames(before + piece.toString('latin1'));
    if (encrypted.test(text)) throw refused('is encrypted. Save it without a password');
    if (activeNames.test(text) || shortScriptName.test(text))
      throw refused('contains scripts, embedded files or media that are not taken');
    before = text.slice(-overlap);
  }
  return true;
}

/** In PDF /J#53 and /JS are the same name. */
const withPlainNames = (text: string): string =>
  text.replace(/#([0-9a-f]{2})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)));

const refused = (what: string): AppError => new AppError('unprocessable', `The PDF ${what}.`);
