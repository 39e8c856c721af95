import { AppError } from '../errors.ts';

export const defaultPageSize = 20;

/** Position in a list: the values of its sort columns in the last row of the page before. */
export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Reads a cursor back; it must hold values of these types, else it is the caller's error. */
export function decodeCursor<const T extends readonly ('string' | 'number' | 'date')[]>(
  cursor: string,
  types: T,
): { [K in keyof T]: T[K] extends 'string' ? string : T[K] extends 'number' ? number : Date } {
  const values = parse(cursor);
  const decoded = types.map((type, index) => {
    const value = values[index];
    if (type === 'date') {
      const date = new Date(typeof value === 'string' ? value : Number.NaN);
      if (Number.isNaN(date.getTime())) throw badCursor();
      return date;
    }
    if (type === 'string' ? typeof value !== 'string' : !Number.isFinite(value)) throw badCursor();
    return value;
  });
  if (values.length !== types.length) throw badCursor();
  return decoded as never;
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

function parse(cursor: string): unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(values) && values.every((value) => typeof value !== 'string' || !value.includes('\0')))
      return values;
  } catch {
    // falls through: any unreadable cursor is answered alike
  }
  throw badCursor();
}

const badCursor = () =>
  new AppError('validation_failed', 'query.cursor: not a cursor of this list', {
    fields: [{ path: 'query.cursor', message: 'not a cursor of this list' }],
  });
