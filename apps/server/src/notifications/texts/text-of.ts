import type { NotificationData, NotificationType } from '../kinds.ts';
import { cleanText, clip } from './clean.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { factsOf } from './facts.ts';
import type { Language, Reader } from './language.ts';

export type { Reader } from './language.ts';

const languages: readonly Language[] = [en, de];

export const maximumTitle = 100;
export const maximumMessage = 300;

/** The reader's language by the first part of their locale; English where it has none. */
export function languageOf(reader: Pick<Reader, 'locale'>): Language {
  const tag = reader.locale.split('-', 1)[0];
  return languages.find((one) => one.tag === tag) ?? en;
}

/** Title ≤ 100, message ≤ 300 characters, in the reader's language (English where it has none). */
export function textOf(
  type: NotificationType,
  data: NotificationData,
  reader: Reader,
): { title: string; message: string } {
  const language = languageOf(reader);
  // An English sentence has English amounts and days, whatever the reader's own are called.
  const facts = factsOf(data, { ...reader, locale: localeFor(language, reader) });
  const { title, message } = language.texts[type](facts);
  return { title: clip(title, maximumTitle), message: clip(message, maximumMessage) };
}

/** For several that were held back: "5 new notifications" and the first few titles; for job digests "12 new jobs near you". */
export function summaryOf(
  kind: 'digest' | 'quiet',
  items: { type: NotificationType; title: string }[],
  reader: Reader,
): { title: string; message: string } {
  const { summary } = languageOf(reader);
  const titles = items.map((item) => clip(cleanText(item.title), 80)).filter((title) => title !== '');
  return {
    title: clip(summary.title(kind, items.length), maximumTitle),
    message: clip(listed(titles, items.length, summary.more), maximumMessage),
  };
}

/** As many titles as fit, and how many there are besides. */
function listed(titles: readonly string[], count: number, more: (count: number) => string): string {
  for (let shown = Math.min(titles.length, 5); shown > 0; shown -= 1) {
    const rest = count - shown;
    const text = titles.slice(0, shown).join(' · ') + (rest === 0 ? '' : ` · ${more(rest)}`);
    if (text.length <= maximumMessage) return text;
  }
  return more(count);
}

const localeFor = (language: Language, { locale }: Reader): string =>
  locale.split('-', 1)[0] === language.tag ? locale : language.tag;
