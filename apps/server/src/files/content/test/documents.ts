import type { DocumentFormat } from '../formats.ts';
import type { ZipEntry } from './zip.ts';

type OfficeFormat = Exclude<DocumentFormat, 'odt'>;

const office: Record<OfficeFormat, { part: string; type: string }> = {
  docx: { part: 'word/document.xml', type: 'wordprocessingml.document.main+xml' },
  xlsx: { part: 'xl/workbook.xml', type: 'spreadsheetml.sheet.main+xml' },
  pptx: { part: 'ppt/presentation.xml', type: 'presentationml.presentation.main+xml' },
};

/** The parts of a minimal document; `types` goes into its list of types. */
export function officeEntries(format: OfficeFormat, types = ''): ZipEntry[] {
  const { part, type } = office[format];
  return [
    {
      name: '[Content_Types].xml',
      data: `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}"/>${types}</Types>`,
    },
    { name: '_rels/.rels', data: '<Relationships/>' },
    { name: part, data: '<document>Two walls and the ceiling</document>' },
  ];
}

export function openDocumentEntries(manifest = '<manifest:manifest/>'): ZipEntry[] {
  return [
    { name: 'mimetype', data: 'application/vnd.oasis.opendocument.text', isStored: true },
    { name: 'META-INF/manifest.xml', data: manifest },
    { name: 'content.xml', data: '<office:document-content/>' },
  ];
}

/** A PDF with the objects that are needed, and `more` among them. */
export const pdf = (more = ''): string =>
  `%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n${more}\ntrailer\n<< /Root 1 0 R /Size 3 >>\nstartxref\n9\n%%EOF\n`;
