import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { AppError } from '../../errors.ts';

/** What programs take for markup, a script or another document, whatever the name says. */
const otherLanguage = /^(<[a-z!?/%]|#!|@echo\b|%PDF-|%!PS|\{\\rtf)/i;
/** All control characters but tab, line feed, form feed, carriage return and the next line of Unicode. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controlCharacter = /[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]/;
/** Longer than all that `otherLanguage` knows. */
const beginningLength = 64;

/**
 * Whether the file is plain text, read in pieces: no markup, no script, no control characters.
 * Errors: unprocessable if it is not UTF-8. Other encodings are not guessed: text is served as UTF-8, and a wrong guess
 * would show names and sums wrong without anybody noticing. The mark before UTF-16 is no valid UTF-8 either.
 */
export async function inspectText(path: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let beginning = '';
  for await (const piece of createReadStream(path)) {
    // A binary file says what it is in its first piece, before an invalid character is looked at.
    if (piece.includes(0) && !isUtf16(piece)) return false;
    const text = decode(decoder, piece);
    if (controlCharacter.test(text)) return false;
    if (beginning.length < beginningLength)
      beginning = (beginning + text).trimStart().slice(0, beginningLength);
    if (otherLanguage.test(beginning)) return false;
  }
  decode(decoder);
  return true;
}

const isUtf16 = (piece: Buffer): boolean => ['fffe', 'feff'].includes(piece.toString('hex', 0, 2));

/** Without a piece: the end, where no character may be left half. */
function decode(decoder: TextDecoder, piece?: Buffer): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch (cause) {
    throw new AppError('unprocessable', 'The text is not in UTF-8. Save it as UTF-8 and send it again.', {
      cause,
    });
  }
}
