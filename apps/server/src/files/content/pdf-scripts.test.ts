import { afterAll, beforeAll, expect, test } from 'vitest';
import { localFiles } from '../../../test/local-files.ts';
import { inspectPdf } from './pdf.ts';

let local: Awaited<ReturnType<typeof localFiles>>;
beforeAll(async () => {
  local = await localFiles();
});
afterAll(() => local.remove());

async function inspect(content: string): Promise<boolean> {
  const bytes = Buffer.from(`%PDF-1.4\n${content}\n%%EOF\n`, 'latin1');
  return inspectPdf({ path: await local.write(bytes), sizeBytes: bytes.length }, bytes.subarray(0, 4096));
}

test.each([
  ['a text', '<</S/Unknown/JS (app.alert\\(1\\))>>'],
  ['a text in hexadecimal digits', '<</S/Unknown/JS<6170702e>>>'],
  ['a reference', '<</S/Unknown/JS 12 0 R >>endobj'],
  ['a reference on the next line', '<</S/Unknown/JS\r\n12 0 R >>endobj'],
  ['a name with a letter written as a number', '<</S/Unknown/J#53 (app.alert)>>'],
  ['a second one, behind one that is no script', '\x00/JS (\x00 <</S/Unknown/JS (app.alert)>>'],
])('a script that is %s is refused', async (_what, content) => {
  await expect(inspect(content)).rejects.toMatchObject({ code: 'unprocessable' });
});

test('a script is found wherever the pieces end in which the file is read', async () => {
  const script = '<</S/Unknown/JS (app.alert)>>';
  const ends = 64 * 1024 - '%PDF-1.4\n'.length;
  for (let shift = 0; shift <= script.length; shift += 1)
    await expect(inspect('\x00'.repeat(ends - shift) + script), `${shift} before the end`).rejects.toThrow(
      'scripts',
    );
});

test.each([
  ['bytes before that are no text', '\x00\x01\x02/JS (abcdef'],
  ['one of them right before', 'abcde\x00/JS (abcdef'],
  ['bytes behind that are no text', 'abcdef/JS (a\x00\x01\x02'],
  ['nothing behind that a script begins with', 'abcdef/JS abcdef'],
])('the three bytes are taken for a picture with %s', async (_what, content) => {
  expect(await inspect(content)).toBe(true);
});
