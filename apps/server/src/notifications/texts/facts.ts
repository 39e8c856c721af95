import { type Currency, currencyExponents } from '@holdfast/contract';
import { amountFormat } from '../../http/amounts.ts';
import type { NotificationData } from '../kinds.ts';
import { cleanText, clip } from './clean.ts';
import type { Reader } from './language.ts';

/** What a text can say: cleaned, cut to a length that fits, in the formats of its reader. Undefined: not known. */
export type Facts = {
  job: string | undefined;
  person: string | undefined;
  amount: string | undefined;
  deadline: string | undefined;
  city: string | undefined;
  device: string | undefined;
  preview: string | undefined;
  rating: number | undefined;
  count: number;
  side: 'customer' | 'contractor' | undefined;
};

/** Makes the facts of a notification ready for the sentences of one language. */
export function factsOf(data: NotificationData, reader: Reader): Facts {
  return {
    job: said(data.jobTitle, 50),
    person: said(data.personName, 35),
    amount: amountOf(data, reader.locale),
    deadline: data.deadline === undefined ? undefined : timeOf(data.deadline, reader),
    city: said(data.city, 40),
    device: said(data.device, 60),
    preview: said(data.preview, 200),
    rating: data.rating,
    count: data.count ?? 1,
    side: data.side,
  };
}

/** A part of a sentence that is left out when what it would say is not known. */
export const ifKnown = (fact: string | undefined, write: (fact: string) => string): string =>
  fact === undefined ? '' : write(fact);

function said(text: string | undefined, maximum: number): string | undefined {
  const clean = clip(cleanText(text ?? ''), maximum);
  return clean === '' ? undefined : clean;
}

function amountOf({ amountMinor, currency }: NotificationData, locale: string): string | undefined {
  if (amountMinor === undefined || currency === undefined || !Object.hasOwn(currencyExponents, currency))
    return undefined;
  return plainSpaces(amountFormat(locale, currency as Currency)(amountMinor));
}

function timeOf(iso: string, { locale, timeZone }: Reader): string | undefined {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return undefined;
  const format = new Intl.DateTimeFormat([locale, 'en'], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  });
  return plainSpaces(format.format(time));
}

// Narrow and unbreakable ones show as boxes on some telephones, and are hard to search for.
const plainSpaces = (text: string): string => text.replaceAll(/[\u00a0\u202f\u2009]/g, ' ');
