import { describe, expect, test } from 'vitest';
import { csv } from './csv.ts';

const cell = (value: string | number) =>
  csv([], [[value]])
    .replace(/^\ufeff\r\n/, '')
    .replace(/\r\n$/, '');

test('a table is lines of cells, with the mark that makes Excel read UTF-8', () => {
  expect(
    csv(
      ['a', 'b'],
      [
        ['ä', 1],
        ['x', -2.5],
      ],
    ),
  ).toBe('\ufeffa,b\r\nä,1\r\nx,-2.5\r\n');
});

describe('a text', () => {
  test.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['half; half', '"half; half"'],
    ['', ''],
    ['-12.50', '-12.50'],
    ['R-3', 'R-3'],
  ])('%j is written as %j', (text, written) => {
    expect(cell(text)).toBe(written);
  });

  test.each([
    '=1+1',
    '+1+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    ' =1',
    '"=1',
    '＝1',
    '-',
    '-1e3',
    '=HYPERLINK("http://x","y")',
  ])('%j is not run as a formula', (text) => {
    const written = cell(text);
    expect(written.replace(/^"/, '')).not.toMatch(/^["\s]*[=+\-@＝]/);
    expect(written).toContain("'");
  });

  test('is not run where Excel cuts cells at semicolons either', () => {
    for (const text of ['a;=1+1', 'a; "=1+1"', 'a;\t@x', 'a\n-1+1'])
      for (const piece of cell(text).split(/[;\n]/)) expect(piece, text).not.toMatch(/^["\s]*[=+\-@]/);
  });
});
