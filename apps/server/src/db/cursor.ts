import { invalidField } from '../errors.ts';

export const defaultPageSize = 20;

/** integer: what an int column of PostgreSQL can be compared with. */
type CursorTypes = { string: string; number: number; integer: number; date: Date };
type CursorType = keyof CursorTypes;

/** Position in a list: the values of its sort columns in the last row of the page before. */
export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Reads a cursor back; it must hold values of these types, else it is the caller's error. */
export function decodeCursor<const T extends readonly CursorType[]>(
  cursor: string,
  types: T,
): { [K in keyof T]: CursorTypes[T[K]] } {
  const values = parse(cursor);
  if (values.length !== types.length) throw badCursor();
  return types.map((type, index) => readers[type](values[index]) ?? refuse()) as never;
}

/** Cuts one row more than asked for into a page: the extra row only proves that there is a next page. */
export function pageFrom<Row, Item>(
  rows: Row[],
  limit: number,
  present: (row: Row) => Item,
  position: (row: Row) => readonly (string | number)[],
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(present),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null,
  };
}

// PostgreSQL refuses what is out of its types' bounds with an error that would be ours: those are refused here.
const readers: { [T in CursorType]: (value: unknown) => CursorTypes[T] | undefined } = {
  string: (value) => (typeof value === 'string' && !value.includes('\0') ? value : undefined),
  number: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
  integer: (value) =>
    Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? Number(value) : undefined,
  date: (value) => (typeof value === 'string' && isoTime.test(value) ? timeOf(value) : undefined),
};

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function timeOf(text: string): Date | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1 ? undefined : time;
}

function parse(cursor: string): unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(values)) return values;
  } catch {
    // falls through: any unreadable cursor is answered alike
  }
  throw badCursor();
}

export const badCursor = () => invalidField('query.cursor', 'not a cursor of this list');

function refuse(): never {
  throw badCursor();
}
