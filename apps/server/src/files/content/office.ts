import { AppError } from '../../errors.ts';
import { type Archive, broken, readEntry, withArchive } from './archive.ts';
import type { DocumentFormat } from './formats.ts';

const officeType = 'application/vnd.openxmlformats-officedocument';

/** The type of the main part is what says which program opens a document, macros included. */
const mainParts: Record<Exclude<DocumentFormat, 'odt'>, string> = {
  docx: `${officeType}.wordprocessingml.document.main+xml`,
  xlsx: `${officeType}.spreadsheetml.sheet.main+xml`,
  pptx: `${officeType}.presentationml.presentation.main+xml`,
};
const openDocumentType = 'application/vnd.oasis.opendocument.text';

/** Parts that run, or carry something that does. An embedded OLE object can be any program, so none is taken. */
const activeParts = [
  /vba(project|data)/i,
  /activex/i,
  /(^|\/)(macrosheets|dialogsheets)\//i,
  /oleobject[^/]*$/i,
  /^(basic|scripts|dialogs)\//i,
  /^object \d+$/i,
  /\.(exe|dll|scr|com|pif|cpl|msi|lnk|bat|cmd|ps1|vbs?|vbe|jse?|wsf|wsh|hta|jar|reg|sh|app|dmg|iso)$/i,
  /\.(doc|xls|ppt|dot|xlt|pot)m?$|\.(xlsb|xlam|ppam|ppsm|sldm)$/i,
  /\.(zip|rar|7z)$/i,
];
const activeTypes = /macroEnabled|vbaProject|activeX|oleObject|macrosheet|intlmacrosheet/i;

/**
 * Whether the file is a document of this format. Errors: unprocessable for one that is broken, encrypted, has macros or
 * embedded programs, or is a bomb. What is not looked for are links: a document may name addresses that its reader
 * fetches when it is opened.
 */
export async function inspectDocument(
  file: { path: string; sizeBytes: number },
  head: Buffer,
  format: DocumentFormat,
): Promise<boolean> {
  if (head.toString('hex', 0, 8) === 'd0cf11e0a1b11ae1') throw refused('is of an old format or encrypted');
  if (head.toString('latin1', 0, 4) !== 'PK\x03\x04') return false;
  return await withArchive(file, (archive) =>
    format === 'odt' ? isOpenDocument(archive) : isOffice(archive, mainParts[format]),
  );
}

async function isOffice(archive: Archive, mainType: string): Promise<boolean> {
  if (!archive.entries.has('[Content_Types].xml')) return false;
  const types = await readEntry(archive, '[Content_Types].xml');
  // Nobody writes these there, and they could hide a type from the patterns.
  if (/&#|<!/.test(types)) throw broken();
  refuseActiveParts(archive, activeTypes.test(types));
  return [...types.matchAll(/<[^<>]*>/g)].some(
    ([tag]) => attribute(tag, 'ContentType') === mainType && hasPart(archive, tag),
  );
}

const hasPart = ({ entries }: Archive, tag: string): boolean =>
  entries.has(attribute(tag, 'PartName')?.replace(/^\//, '') ?? '');

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag)?.slice(1).find(Boolean);

/** OpenDocument says its type in an entry of its own, and in the manifest what is encrypted. */
async function isOpenDocument(archive: Archive): Promise<boolean> {
  if (!archive.entries.has('mimetype')) return false;
  if ((await readEntry(archive, 'mimetype')) !== openDocumentType) return false;
  if (archive.entries.has('encrypted-package')) throw refused('is encrypted');
  const manifest = await readEntry(archive, 'META-INF/manifest.xml');
  if (/&#|<!ENTITY/.test(manifest)) throw broken();
  if (/encryption-data/.test(manifest)) throw refused('is encrypted');
  if (!archive.entries.has('content.xml')) throw broken();
  refuseActiveParts(archive, false);
  return true;
}

function refuseActiveParts({ entries }: Archive, typesAreActive: boolean): void {
  if (typesAreActive || [...entries.keys()].some((name) => activeParts.some((part) => part.test(name))))
    throw refused('contains macros or embedded programs');
}

const refused = (what: string): AppError =>
  new AppError('unprocessable', `The document ${what}. Save it without, in a current format.`);
