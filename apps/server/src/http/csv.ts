/** A number is written as it is; a text is kept from being run as a formula. */
export type CsvCell = string | number;

/**
 * A table for spreadsheets: RFC 4180 with a byte order mark, without which Excel does not read UTF-8. The media type
 * is text/csv.
 */
export function csv(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return `\ufeff${[header, ...rows].map((row) => `${row.map(written).join(',')}\r\n`).join('')}`;
}

function written(cell: CsvCell): string {
  const text = typeof cell === 'number' || plainNumber.test(cell) ? String(cell) : withoutFormula(cell);
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const plainNumber = /^-?\d+(\.\d+)?$/;

/**
 * Spreadsheets run a cell that begins with one of these signs. Where the semicolon separates, Excel also cuts our cells
 * in pieces at semicolons, so that what follows one is the beginning of a cell, too.
 */
const withoutFormula = (text: string): string =>
  text.replace(/(^["'\s]*|[;\t\r\n]["'\s]*)([=+\-@＝＋－＠])/g, "$1'$2").replace(/^[\t\r\n]/, "'$&");
