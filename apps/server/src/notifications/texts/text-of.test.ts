import { notificationTypes } from '@holdfast/contract';
import { describe, expect, test } from 'vitest';
import type { NotificationData } from '../kinds.ts';
import { cleanText, clip } from './clean.ts';
import { languageOf, summaryOf, textOf } from './text-of.ts';

const english = { locale: 'en-GB', timeZone: 'Europe/Vienna' };
const german = { locale: 'de-AT', timeZone: 'Europe/Vienna' };
const readers = [english, german];
const sides = ['customer', 'contractor', undefined] as const;

const full: NotificationData = {
  jobTitle: 'Paint the fence',
  personName: 'Ada Fischer',
  amountMinor: 125_050,
  currency: 'eur',
  count: 3,
  preview: 'Shall I bring a ladder?',
  rating: 5,
  deadline: '2026-11-24T17:30:00.000Z',
  city: 'Graz',
  device: 'Firefox on Linux',
};

/** What each type must say of what is known about it. */
const mustSay: Record<string, (keyof NotificationData)[]> = {
  'job.posted': ['jobTitle', 'amountMinor', 'city'],
  'application.received': ['jobTitle', 'personName', 'amountMinor'],
  'booking.requested': ['jobTitle', 'personName', 'amountMinor', 'deadline'],
  'message.received': ['count', 'personName', 'preview'],
  'payment.received': ['jobTitle', 'amountMinor', 'personName'],
  'payment.released': ['jobTitle', 'amountMinor'],
  'dispute.opened': ['jobTitle', 'personName', 'deadline'],
  'payout.paid': ['amountMinor'],
  'payout.failed': ['amountMinor'],
  'review.submitted': ['personName', 'rating', 'jobTitle'],
  'account.signed_in': ['device', 'city'],
};
const written: Partial<Record<keyof NotificationData, RegExp>> = {
  jobTitle: /Paint the fence/,
  personName: /Ada Fischer/,
  amountMinor: /€ ?1[., {2}]250[.,]50|1[.,]250[.,]50 €/,
  deadline: /24/,
  city: /Graz/,
  device: /Firefox on Linux/,
  preview: /ladder/,
  count: /3/,
  rating: /5/,
};

const cases = notificationTypes.flatMap((type) =>
  readers.flatMap((reader) => sides.map((side) => [type, reader, side] as const)),
);

describe('texts', () => {
  test.each(cases)('%s has one in %o for the side %s, whatever is known of it', (type, reader, side) => {
    const shapes: NotificationData[] = [full, {}, { jobTitle: ' ', personName: '\u202e', deadline: 'soon' }];
    for (const shape of shapes) {
      const data = { ...shape, ...(side === undefined ? {} : { side }) };
      const { title, message } = textOf(type, data, reader);
      for (const text of [title, message]) {
        expect(text).toMatch(/\S/);
        expect(text).not.toMatch(/undefined|null|NaN|\[object|\$\{|Invalid|“”|„“| {2}| [.,;:]|\s$/);
      }
      expect(message).toMatch(/[.!?…]$|ladder\?$/);
    }
    const { title, message } = textOf(type, { ...full, ...(side === undefined ? {} : { side }) }, reader);
    for (const fact of mustSay[type] ?? []) expect(`${title}\n${message}`).toMatch(written[fact]!);
  });

  test('are in the language of the locale, and in English where there is none', () => {
    const titleFor = (locale: string) =>
      textOf('account.password_changed', {}, { locale, timeZone: 'UTC' }).title;
    expect(titleFor('de')).toBe('Ihr Passwort wurde geändert');
    expect(titleFor('de-CH')).toBe('Ihr Passwort wurde geändert');
    for (const locale of ['en-US', 'fr-FR', 'den', 'tlh'])
      expect(titleFor(locale)).toBe('Your password was changed');
    expect(languageOf({ locale: 'fr' }).tag).toBe('en');
  });

  test('differ for the two sides of a booking', () => {
    for (const type of [
      'booking.confirmed',
      'booking.completed',
      'payment.received',
      'payment.released',
    ] as const)
      for (const reader of readers) {
        const [customer, contractor] = (['customer', 'contractor'] as const).map((side) =>
          textOf(type, { ...full, side }, reader),
        );
        expect(customer!.message).not.toBe(contractor!.message);
      }
  });

  test('write amounts and times as the reader is used to, in their time zone', () => {
    const data: NotificationData = { ...full, side: 'customer' };
    const say = (reader: { locale: string; timeZone: string }, over: NotificationData = {}) =>
      textOf('booking.confirmed', { ...data, ...over }, reader).message;
    expect(say(english)).toContain('Pay €1,250.50 for “Paint the fence” by Tuesday');
    expect(say(english)).toContain('18:30');
    expect(say(german)).toContain('€ 1.250,50');
    expect(say(german)).toMatch(/Dienstag, 24\. November.* 18:30/);
    expect(say({ locale: 'en-US', timeZone: 'America/New_York' })).toMatch(/November 24.* 12:30 PM/);
    expect(say(english, { amountMinor: 1_250, currency: 'jpy' })).toContain('1,250 ');
    expect(say(english, { amountMinor: 1_250, currency: 'kwd' })).toContain('1.250 ');
    // An English sentence for a reader of Arabic has no Arabic digits in it.
    expect(say({ locale: 'ar-EG', timeZone: 'Africa/Cairo' })).toContain('€1,250.50');
    expect(say(english, { currency: 'xxx' })).toContain('Pay for “Paint the fence”');
  });

  test('stay within their lengths, cut between characters and say that something was cut', () => {
    const long = '👩‍👩‍👧‍👦 Reparatur '.repeat(60);
    for (const type of notificationTypes)
      for (const reader of readers)
        for (const side of sides) {
          const data = { ...full, jobTitle: long, personName: long, preview: long, city: long, device: long };
          const { title, message } = textOf(
            type,
            { ...data, ...(side === undefined ? {} : { side }) },
            reader,
          );
          expect(title.length, `${type} ${title}`).toBeLessThanOrEqual(100);
          expect(message.length, `${type} ${message}`).toBeLessThanOrEqual(300);
          expect(title.isWellFormed() && message.isWellFormed()).toBe(true);
        }
    expect(textOf('message.received', { preview: long }, english).message).toMatch(/…$/);
    expect(clip('ab👩‍👩‍👧‍👦cd', 6)).toBe('ab…');
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdefg', 6)).toBe('abcde…');
  });

  test('hold nothing that cannot be seen or that turns the direction of the rest', () => {
    const evil = 'a\u0000b\r\nc\u202egnp.exe\u2066x\u200b\ud800';
    expect(cleanText(evil)).toBe('a b c gnp.exe x �');
    const { title } = textOf('application.received', { personName: evil, jobTitle: evil }, english);
    expect(title).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
    expect(title.isWellFormed()).toBe(true);
  });
});

describe('labels', () => {
  test('are there for every type in every language', () => {
    for (const reader of readers)
      for (const type of notificationTypes) expect(languageOf(reader).labels[type]).toMatch(/\S{3}/);
    expect(languageOf(english).labels).not.toEqual(languageOf(german).labels);
  });
});

describe('summaries', () => {
  const items = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ type: 'job.posted' as const, title: `Job ${index + 1}` }));

  test('count, name the first few, and say how many more there are', () => {
    expect(summaryOf('digest', items(12), english)).toEqual({
      title: '12 new jobs near you',
      message: 'Job 1 · Job 2 · Job 3 · Job 4 · Job 5 · and 7 more',
    });
    expect(summaryOf('quiet', items(2), german)).toEqual({
      title: '2 neue Mitteilungen',
      message: 'Job 1 · Job 2',
    });
    expect(summaryOf('digest', items(1), english).title).toBe('1 new job near you');
    expect(summaryOf('quiet', items(1), english).title).toBe('1 new notification');
  });

  test('stay within their lengths, however long the titles are', () => {
    const long = items(40).map((item) => ({ ...item, title: `${'Möbel '.repeat(30)}` }));
    for (const reader of readers) {
      const { title, message } = summaryOf('digest', long, reader);
      expect(title.length).toBeLessThanOrEqual(100);
      expect(message.length).toBeLessThanOrEqual(300);
      expect(message).toMatch(/3\d (more|weitere)$/);
    }
  });
});
