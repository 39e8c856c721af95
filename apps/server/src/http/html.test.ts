import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { amountFormat, decimalAmount } from './amounts.ts';
import { html, htmlPage, pagePolicy } from './html.ts';

const bodyOf = (page: string) => /<body>\n([\s\S]*)\n<\/body>/.exec(page)![1];

describe('a page', () => {
  test('shows every text as it is, whatever it holds', () => {
    const hostile = `<script>alert("1")</script> & ' {{x}} &lt;`;
    const page = htmlPage({ title: '</title><script>', body: html`<p title="${hostile}">${hostile}</p>` });
    expect(page.toLowerCase()).not.toContain('<script');
    expect(bodyOf(page)).toContain(
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39; {{x}} &amp;lt;',
    );
  });

  test('takes markup, lists of markup and numbers as they are', () => {
    const body = html`<ul>${['a', '<'].map((one) => html`<li>${one}</li>`)}</ul>${3}${[]}`;
    expect(bodyOf(htmlPage({ title: 'x', body }))).toBe('<ul><li>a</li><li>&lt;</li></ul>3');
  });

  test('an object that looks like markup is not', () => {
    const forged = JSON.parse('{"markup":"<b>"}') as never;
    expect(() => htmlPage({ title: 'x', body: html`${forged}` })).toThrow(TypeError);
  });

  test('may use its one style and nothing else', () => {
    const page = htmlPage({ title: 'x', body: html`x` });
    const style = /<style>([\s\S]*)<\/style>/.exec(page)![1]!;
    expect(pagePolicy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(pagePolicy).not.toContain('unsafe');
    expect(page).not.toMatch(/\s(?:src|href)=|url\(|@import/);
    expect(page).toContain(`content="${pagePolicy.replaceAll("'", '&#39;')}"`);
  });
});

describe('an amount', () => {
  test.each([
    [1250, 'eur', '12.50'],
    [-5, 'eur', '-0.05'],
    [0, 'kwd', '0.000'],
    [1500, 'jpy', '1500'],
    [12_345_670, 'kwd', '12345.670'],
    [9_007_199_254_740_991, 'usd', '90071992547409.91'],
  ] as const)('%i %s is %s', (minor, currency, decimal) => {
    expect(decimalAmount(minor, currency)).toBe(decimal);
  });

  test.each([
    ['de-AT', 'eur', 123_456_70, '€ 123.456,70'],
    ['en-US', 'usd', -1250, '-$12.50'],
    ['ja', 'jpy', 1500, '￥1,500'],
    ['en', 'kwd', 1250, 'KWD 1.250'],
    ['hu-HU', 'huf', 17_500, '175,00 Ft'],
    ['qqq', 'eur', 100, '€1.00'],
  ] as const)('in %s and %s is written as people there do', (locale, currency, minor, written) => {
    expect(amountFormat(locale, currency)(minor).replaceAll(/\s/g, ' ')).toBe(written);
  });

  test('of the largest sum keeps its last digit', () => {
    expect(amountFormat('en-US', 'usd')(9_007_199_254_740_991)).toBe('$90,071,992,547,409.91');
  });
});
