import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { Email, idOf, Locale, line, Point, prose, Timestamp, TimeZone } from './fields.ts';
import { PageQuery } from './pages.ts';

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe('fields', () => {
  test('an identifier is its prefix and 22 letters or digits', () => {
    const id = idOf('job');
    expect(takes(id, 'job_5qZr8Vb2NfK0tXy7WcL3mD')).toBe(true);
    for (const wrong of [
      'pay_5qZr8Vb2NfK0tXy7WcL3mD',
      'job_5qZr8Vb2NfK0tXy7WcL3m',
      'job_5qZr8Vb2NfK0tXy7WcL3mDx',
      'job_5qZr8Vb2NfK0tXy7WcL3m\n',
      'job_5qZr8Vb2NfK0tXy7WcL3mD\n',
      'job_5qZr8Vb2NfK0tXy7WcL3m%',
      '',
      7,
      null,
    ])
      expect(takes(id, wrong), JSON.stringify(wrong)).toBe(false);
  });

  test('lines and prose are trimmed, bounded and without control characters', () => {
    expect(line(1, 5).parse('  ab  ')).toBe('ab');
    expect(takes(line(1, 5), '   ')).toBe(false);
    expect(takes(line(1, 5), 'abcdef')).toBe(false);
    for (const character of ['\0', '\n', '\r', '\t', '\u001b', '\u007f'])
      expect(takes(line(1, 5), `a${character}b`), JSON.stringify(character)).toBe(false);
    for (const character of ['\n', '\r', '\t'])
      expect(takes(prose(1, 5), `a${character}b`), JSON.stringify(character)).toBe(true);
    for (const character of ['\0', '\u0008', '\u000b', '\u001b', '\u007f'])
      expect(takes(prose(1, 5), `a${character}b`), JSON.stringify(character)).toBe(false);
  });

  test('e-mail addresses are lower-cased and at most 254 long', () => {
    expect(Email.parse('Ada.Fischer+Job@Example.ORG')).toBe('ada.fischer+job@example.org');
    for (const wrong of ['ada', 'ada@', '@example.org', 'a b@example.org', 'ada@example.org\0', 'a@b', ''])
      expect(takes(Email, wrong), wrong).toBe(false);
    expect(
      takes(Email, `${'a'.repeat(64)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example.org`),
    ).toBe(false);
  });

  test('time zones and languages are the real ones', () => {
    for (const right of ['Europe/Vienna', 'UTC', 'America/Argentina/Buenos_Aires'])
      expect(takes(TimeZone, right), right).toBe(true);
    for (const wrong of ['Europe/Atlantis', '', 'Europe/Vienna\0', 'x'.repeat(65)])
      expect(takes(TimeZone, wrong), wrong).toBe(false);
    for (const right of ['en', 'de-AT', 'zh-Hant-TW', 'es-419'])
      expect(takes(Locale, right), right).toBe(true);
    for (const wrong of ['english', 'de_AT', 'EN', 'de-at', ''])
      expect(takes(Locale, wrong), wrong).toBe(false);
  });

  test('times are UTC and nothing else', () => {
    expect(takes(Timestamp, '2026-11-24T09:30:00.000Z')).toBe(true);
    for (const wrong of [
      '2026-11-24T09:30:00+01:00',
      '2026-11-24',
      '2026-13-24T09:30:00Z',
      1_795_512_536_169,
    ])
      expect(takes(Timestamp, wrong), String(wrong)).toBe(false);
  });

  test('a point is on the earth', () => {
    expect(takes(Point, { lat: -90, lng: 180 })).toBe(true);
    for (const wrong of [
      { lat: 90.001, lng: 0 },
      { lat: 0, lng: -180.001 },
      { lat: Number.NaN, lng: 0 },
      { lat: '48', lng: '16' },
      { lat: 48, lng: 16, height: 3 },
    ])
      expect(takes(Point, wrong), JSON.stringify(wrong)).toBe(false);
  });
});

describe('the query of a list', () => {
  test('a limit is a whole number from 1 to 100', () => {
    expect(PageQuery.parse({ limit: '100' })).toEqual({ limit: 100 });
    expect(PageQuery.parse({})).toEqual({});
    for (const wrong of ['0', '101', '-1', '1e2', '1.5', 'abc', '', ' 5', '0x10', '١', ['1', '2']])
      expect(takes(PageQuery, { limit: wrong }), JSON.stringify(wrong)).toBe(false);
  });

  test('a cursor is a text of up to 512 characters, and nothing else is taken', () => {
    expect(takes(PageQuery, { cursor: 'abc' })).toBe(true);
    for (const wrong of ['', 'x'.repeat(513), ['a', 'b']])
      expect(takes(PageQuery, { cursor: wrong })).toBe(false);
    expect(takes(PageQuery, { offset: '3' })).toBe(false);
  });
});
