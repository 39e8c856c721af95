// Control characters, and those that turn the direction of what follows: a name must not rearrange a sentence of ours.
const unwanted =
  /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f\u061c\ufeff\ufff9-\ufffb]+/gu;

/** What people typed, on one line, without what cannot be seen. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll(unwanted, ' ').replaceAll(/\s+/g, ' ').trim();
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** At most `maximum` UTF-16 units, the last of them … if something is cut off; never the half of a character. */
export function clip(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text.slice(0, maximum + 1))) {
    if (kept.length + segment.length > maximum - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
