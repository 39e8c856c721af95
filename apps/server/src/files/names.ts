import type { FileVariant } from '@holdfast/contract';
import { newId } from '../ids.ts';

/** Under which names the storage has the bytes of a file: its own, and two derived from it for a picture's thumbnails. */

/** What a new file is called, without its extension; it says nothing about who or what. */
export const newBaseName = (): string => newId('fil');

/** The key of a file's bytes, or of one of its thumbnails. */
export const keyOf = (name: string, variant?: FileVariant): string =>
  variant === undefined
    ? name
    : `${name.slice(0, name.lastIndexOf('.'))}.${variant === 'small' ? 256 : 1024}.webp`;

/** All keys that a file may have. */
export const keysOf = ({ id, picture }: { id: string; picture: unknown }): string[] =>
  picture === null ? [id] : [id, keyOf(id, 'small'), keyOf(id, 'large')];

/** The name a file is saved under by whoever downloads it: as it was called, with the extension of what it is now. */
export function downloadName(originalName: string, name: string): string {
  const extension = name.slice(name.lastIndexOf('.'));
  return `${originalName.replace(/\.[^.]*$/, '') || 'file'}${extension}`;
}
