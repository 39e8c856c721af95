import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import { type FileFormat, formats } from './formats.ts';
import { inspectFile } from './inspect.ts';
import { damaged, numbersFrom } from './test/broken.ts';
import { officeEntries, openDocumentEntries, pdf } from './test/documents.ts';
import { type ZipEntry, zip } from './test/zip.ts';

let folder: string;
/** One good file of each format. */
const good = {} as Record<FileFormat, Buffer>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-inspect-'));
  const dot = () => sharp({ create: { width: 8, height: 8, channels: 3, background: '#d01010' } });
  good.jpeg = await dot().jpeg().toBuffer();
  good.png = await dot().png().toBuffer();
  good.webp = await dot().webp().toBuffer();
  good.gif = await dot().gif().toBuffer();
  good.avif = await dot().avif().toBuffer();
  good.heic = await readFile(new URL('./fixtures/phone.heic', import.meta.url));
  good.pdf = Buffer.from(pdf());
  for (const format of ['docx', 'xlsx', 'pptx'] as const) good[format] = zip(officeEntries(format));
  good.odt = zip(openDocumentEntries());
  good.txt = Buffer.from('\ufeffZwei Wände und die Decke\r\n\tca. 30 m² 🏠\f');
  good.csv = Buffer.from('what;price\r\nWände;450\r\n');
});

afterAll(() => rm(folder, { recursive: true }));

async function inspect(content: string | Buffer, originalName: string, declaredType = '') {
  const path = join(folder, crypto.randomUUID());
  await writeFile(path, content);
  const sizeBytes = Buffer.byteLength(content);
  return await inspectFile({ path, sizeBytes, originalName, declaredType });
}

/** What it is refused with: its code, and a message that is meant for the one who sent it. */
const refusal = (content: string | Buffer, name: string, declaredType?: string) =>
  inspect(content, name, declaredType).then(
    ({ format }) => `taken as ${format}`,
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      return error.code;
    },
  );

const all = Object.keys(formats) as FileFormat[];

describe('a file whose name, declared type and content agree', () => {
  test.each(all)('is taken: %s', async (format) => {
    const { kind, mimeType, extensions, aliases } = formats[format];
    const expected = { kind, format, mimeType, extension: extensions[0] };
    for (const extension of extensions)
      expect(await inspect(good[format], `Bericht 1.${extension.toUpperCase()}`, mimeType)).toEqual(expected);
    for (const declared of [
      ...aliases,
      '',
      'application/octet-stream',
      `${mimeType.toUpperCase()}; charset=x`,
    ])
      expect(await inspect(good[format], `a.${extensions[0]}`, declared), declared).toEqual(expected);
  });
});

describe('a lie', () => {
  test.each(all)('about the content is refused: what is called %s and is none', async (format) => {
    const name = `a.${formats[format].extensions[0]}`;
    const isText = formats[format].kind === 'text';
    for (const other of all.filter((one) => one !== format && !(isText && formats[one].kind === 'text')))
      expect(await refusal(good[other], name), other).toBe('unsupported_media_type');
  });

  test.each(all)('about the type is refused: what is called %s and declared as another', async (format) => {
    const { extensions, aliases, mimeType } = formats[format];
    for (const declared of all.map((one) => formats[one].mimeType))
      if (declared !== mimeType && !aliases.includes(declared))
        expect(await refusal(good[format], `a.${extensions[0]}`, declared)).toBe('unsupported_media_type');
  });

  test('is named in the answer', async () => {
    await expect(inspect(good.jpeg, 'a.png')).rejects.toThrow(/say image\/png; its content is image\/jpeg/);
    await expect(inspect(good.jpeg, 'a.jpg', 'application/pdf')).rejects.toThrow(/\.jpg.*declared type/);
  });

  test.each([
    'a',
    '.jpg',
    'a.',
    'a.exe',
    'a.svg',
    'a.html',
    'a.zip',
    'a.doc',
    'a.docm',
    'a.jpg.exe',
    'a.jpg ',
    'a/.png',
  ])('a name without an ending that is taken is refused: %j', async (name) => {
    expect(await refusal(good.jpeg, name)).toBe('unsupported_media_type');
  });

  test('an empty file is refused, whatever it is called', async () => {
    for (const format of all)
      expect(await refusal('', `a.${formats[format].extensions[0]}`)).toBe('unprocessable');
  });
});

describe('text', () => {
  test.each([
    '<!DOCTYPE html><p>',
    '\ufeff \r\n<html>',
    '<svg onload="x">',
    '<?xml version="1.0"?>',
    '<?php echo 1;',
    '<script>x</script>',
    '<!-- x --><b>',
    `${' \n'.repeat(100_000)}<img src=x>`,
    '#!/bin/sh\n',
    '@echo off\r\n',
    '{\\rtf1 x}',
    '%PDF-1.7',
  ])('that begins as markup or a script is refused', async (content) => {
    expect(await refusal(content, 'a.txt', 'text/plain')).toBe('unsupported_media_type');
    expect(await refusal(content, 'a.csv', 'text/csv')).toBe('unsupported_media_type');
  });

  test.each(['\0', '\x01', '\x1b[2J', '\x7f', '\u009b2J', '\x0b'])(
    'with the control character %j is refused, near the beginning and far from it',
    async (character) => {
      expect(await refusal(`a${character}b`, 'a.txt')).toBe('unsupported_media_type');
      expect(await refusal(`${'a'.repeat(300_000)}${character}`, 'a.txt')).toBe('unsupported_media_type');
    },
  );

  test.each([
    ['Latin-1', Buffer.from('Wände', 'latin1')],
    ['UTF-16', Buffer.from('\ufeffWand', 'utf16le')],
    ['a character cut in half', Buffer.from('Wän').subarray(0, 2)],
    ['a character written longer than it is', Buffer.from([0x61, 0xc0, 0xaf])],
  ])('that is not UTF-8 is refused with the advice to save it so: %s', async (_name, content) => {
    await expect(inspect(content, 'a.txt')).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(inspect(content, 'a.txt')).rejects.toThrow(/UTF-8/);
  });

  test('with characters across the pieces in which it is read is taken, and may mention markup later', async () => {
    expect(await refusal(`a${'ä€🏠'.repeat(40_000)}`, 'a.txt')).toBe('taken as txt');
    expect(await refusal('3 < 4, and <b> is bold. #!', 'a.txt')).toBe('taken as txt');
    expect(await refusal('< 3 m', 'a.txt')).toBe('taken as txt');
  });
});

describe('a PDF', () => {
  test.each([
    '3 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj',
    '3 0 obj << /S /J#61vaScript /JS (x) >> endobj',
    '3 0 obj << /S /Rendition /JS 4 0 R >> endobj',
    '3 0 obj << /S /Rendition /J#53 (x) >> endobj',
    '3 0 obj << /S /Launch /F (cmd.exe) >> endobj',
    '3 0 obj << /Names << /EmbeddedFiles 4 0 R >> >> endobj',
    '3 0 obj << /Type /EmbeddedFile /Length 0 >> endobj',
    '3 0 obj << /Subtype /RichMedia >> endobj',
    'trailer << /Encrypt 4 0 R >>',
  ])('that does more than show pages is refused, wherever it says so: %s', async (object) => {
    expect(await refusal(pdf(object), 'a.pdf')).toBe('unprocessable');
    for (const before of [65_500, 65_520, 65_530])
      expect(await refusal(pdf(`${' '.repeat(before - 120)}${object}`), 'a.pdf')).toBe('unprocessable');
  });

  test('is taken with names that only look similar, and with any compressed bytes', async () => {
    expect(
      await refusal(pdf('<< /JSON 1 /Launches 2 /EncryptMetadata true /JavaScripts 3 >>'), 'a.pdf'),
    ).toBe('taken as pdf');
    for (const noise of ['\x80\x81/JS(abcd', 'abcdef/JS(\x80\x81', '\x80\x81/JS 1 0 R\x82'])
      expect(await refusal(Buffer.from(pdf(noise), 'latin1'), 'a.pdf')).toBe('taken as pdf');
  });

  test('that is cut off, or does not begin at the first byte, is refused', async () => {
    expect(await refusal(pdf().slice(0, -8), 'a.pdf')).toBe('unprocessable');
    expect(await refusal(`${pdf()}${'x'.repeat(1100)}`, 'a.pdf')).toBe('unprocessable');
    expect(await refusal(`\n${pdf()}`, 'a.pdf')).toBe('unsupported_media_type');
    expect(await refusal(`<html>${pdf()}`, 'a.pdf')).toBe('unsupported_media_type');
  });

  test('that is a zip as well is refused, under both names', async () => {
    const both = Buffer.concat([Buffer.from(pdf()), zip(officeEntries('docx'), '%%EOF')]);
    expect(await refusal(both, 'a.pdf')).toBe('unprocessable');
    expect(await refusal(both, 'a.docx')).toBe('unsupported_media_type');
  });
});

const documents = {
  docx: () => officeEntries('docx'),
  xlsx: () => officeEntries('xlsx'),
  pptx: () => officeEntries('pptx'),
  odt: () => openDocumentEntries(),
};

describe.each(Object.entries(documents))('a document (%s)', (format, entries) => {
  const name = `a.${format}`;
  const withEntry = (...more: ZipEntry[]) => refusal(zip([...entries(), ...more]), name);

  test('may have pictures, charts and printer settings', async () => {
    const taken = [
      'word/media/image1.svg',
      'xl/printerSettings/printerSettings1.bin',
      'Object 1/content.xml',
      'word/embeddings/Sheet1.xlsx',
    ];
    expect(await withEntry(...taken.map((one) => ({ name: one, data: 'x' })))).toBe(`taken as ${format}`);
  });

  test('with macros, controls or programs in it is refused', async () => {
    for (const part of [
      'word/vbaProject.bin',
      'xl/VBAPROJECT.BIN',
      'word/activeX/activeX1.xml',
      'xl/macrosheets/sheet1.xml',
      'word/embeddings/oleObject1.bin',
      'Basic/Standard/Module1.xml',
      'Scripts/x.py',
      'Object 1',
      'x/setup.EXE',
      'word/embeddings/a.docm',
      'a.lnk',
    ])
      expect(await withEntry({ name: part, data: 'x' }), part).toBe('unprocessable');
  });

  test('that unpacks to more than it may is refused, by what it declares', async () => {
    const huge = 4 * 1024 ** 3 - 2;
    expect(await withEntry({ name: 'x.xml', data: 'x', declaredBytes: huge })).toBe('unprocessable');
    expect(await withEntry({ name: 'x.xml', data: Buffer.alloc(8_000_000) })).toBe('unprocessable');
    const many = Array.from({ length: 4000 }, (_one, index) => ({ name: `x/${index}.xml`, data: 'x' }));
    expect(await withEntry(...many)).toBe('unprocessable');
    const incompressible = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)));
    const parts = Array.from({ length: 40 }, (_one, index) => ({
      name: `${index}.xml`,
      data: incompressible,
      declaredBytes: 11_000_000,
    }));
    expect(await withEntry(...parts)).toBe('unprocessable');
  });

  test('is not unpacked further than it declares', async () => {
    const list = entries()[format === 'odt' ? 1 : 0]!;
    const lying = {
      ...list,
      data: Buffer.concat([Buffer.from(list.data), Buffer.alloc(50_000_000, ' ')]),
      declaredBytes: 1000,
    };
    expect(await refusal(zip(entries().map((one) => (one.name === list.name ? lying : one))), name)).toBe(
      'unprocessable',
    );
  });

  test('that is encrypted is refused', async () => {
    expect(await withEntry({ name: 'x.xml', data: 'x', flags: 1 })).toBe('unprocessable');
    const compound = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(1000)]);
    expect(await refusal(compound, name)).toBe('unprocessable');
  });

  test('with anything before, between or after its entries is refused', async () => {
    const whole = zip(entries());
    expect(await refusal(Buffer.concat([good.gif, whole]), name)).toBe('unsupported_media_type');
    expect(await refusal(Buffer.concat([whole, Buffer.from('<script>')]), name)).toBe('unprocessable');
    expect(await refusal(Buffer.concat([Buffer.from('PK\x03\x04'), whole]), name)).toBe('unprocessable');
    expect(await refusal(zip(entries(), '<script>'), name)).toBe('unprocessable');
    const [first, ...rest] = entries();
    expect(await refusal(zip([{ ...first!, gapBefore: 'PK\x03\x04' }, ...rest]), name)).toBe('unprocessable');
    expect(await withEntry({ name: 'x.xml', data: 'x', gapBefore: '<script>' })).toBe('unprocessable');
    expect(await withEntry({ name: 'a.xml', unicodeName: 'b.xml', data: 'x' })).toBe('unprocessable');
    expect(await withEntry({ name: 'a.xml', localName: 'b.xml', data: 'x' })).toBe('unprocessable');
    expect(await withEntry({ name: entries()[0]!.name.toUpperCase(), data: 'x' })).toBe('unprocessable');
    expect(await withEntry({ name: '../../x.xml', data: 'x' })).toBe('unprocessable');
  });

  test('that is cut off anywhere is refused', async () => {
    const whole = zip(entries());
    for (let length = 1; length < whole.length; length += 7)
      expect(await refusal(whole.subarray(0, length), name)).not.toMatch(/^taken/);
  });

  test('needs its main part, not only its ending', async () => {
    expect(await refusal(zip([{ name: 'readme.txt', data: 'x' }]), name)).toBe('unsupported_media_type');
    expect(await refusal(zip(entries().slice(0, 2)), name)).not.toMatch(/^taken/);
  });
});

describe('an office document', () => {
  test.each([
    '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>',
    '<Override PartName="/x.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>',
    '<Override PartName="/x.xml" ContentType="application/vnd.ms-word.document.macro&#69;nabled.main+xml"/>',
    '<Override PartName="/x.bin" ContentType="application/vnd.openxmlformats-officedocument.oleObject"/>',
  ])('is refused for an active type of a part with a harmless name: %s', async (type) => {
    for (const format of ['docx', 'xlsx', 'pptx'] as const)
      expect(await refusal(zip(officeEntries(format, type)), `a.${format}`)).toBe('unprocessable');
  });

  test('of OpenDocument is refused if its manifest says that parts are encrypted', async () => {
    const manifest = '<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>';
    expect(await refusal(zip(openDocumentEntries(manifest)), 'a.odt')).toBe('unprocessable');
  });
});

test('whatever is wrong with a file, it is taken or refused', async () => {
  const next = numbersFrom(20);
  const outcomes = new Set<string>();
  for (const format of all)
    for (let round = 0; round < 60; round += 1)
      outcomes.add(
        (await refusal(damaged(good[format], next), `a.${formats[format].extensions[0]}`)).slice(0, 5),
      );
  expect(outcomes).toEqual(new Set(['taken', 'unsup', 'unpro']));
});
