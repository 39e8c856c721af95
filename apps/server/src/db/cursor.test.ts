import { describe, expect, test } from 'vitest';
import { decodeCursor, encodeCursor, pageFrom } from './cursor.ts';

const time = '2026-11-24T09:30:00.123Z';

describe('a cursor', () => {
  test('comes back as it went in, with the types that were asked for', () => {
    const cursor = encodeCursor(['list', time, 7, 1.25]);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor(cursor, ['string', 'date', 'integer', 'number'])).toEqual([
      'list',
      new Date(time),
      7,
      1.25,
    ]);
  });

  test('may hold what is false', () => {
    expect(decodeCursor(encodeCursor(['', 0]), ['string', 'integer'])).toEqual(['', 0]);
  });

  test.each([
    ['a length too short', [time], ['date', 'string']],
    ['a length too long', [time, 'a', 'b'], ['date', 'string']],
    ['a text for a number', ['7'], ['integer']],
    ['a fraction for an integer', [7.5], ['integer']],
    ['more than an int column holds', [2 ** 31], ['integer']],
    ['NUL', ['a\0b'], ['string']],
    ['a day that is none', ['2026-99-01T00:00:00.000Z'], ['date']],
    ['a time before PostgreSQL', ['-271821-04-20T00:00:00.000Z'], ['date']],
    ['a time after it', ['+275760-09-13T00:00:00.000Z'], ['date']],
    ['a year alone', ['2026'], ['date']],
  ] as const)('with %s is the caller’s error', (_name, values, types) => {
    expect(() => decodeCursor(encodeCursor(values), types)).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    );
  });

  test('that is not even a list is the caller’s error', () => {
    for (const text of ['', 'x', 'null', '7', '{}', '[', '"text"'])
      expect(() => decodeCursor(Buffer.from(text).toString('base64url'), ['string']), text).toThrow(
        expect.objectContaining({ code: 'validation_failed' }),
      );
  });
});

describe('a page', () => {
  const page = (rows: number[], limit: number) =>
    pageFrom(
      rows,
      limit,
      (row) => row * 10,
      (row) => [row],
    );

  test('has a next one exactly if a row too many was found', () => {
    expect(page([1, 2, 3], 2)).toEqual({ items: [10, 20], nextCursor: encodeCursor([2]) });
    expect(page([1, 2], 2)).toEqual({ items: [10, 20], nextCursor: null });
    expect(page([], 2)).toEqual({ items: [], nextCursor: null });
  });
});
