import { z } from 'zod';

/** Query of every list: an opaque cursor from the previous page and a page size. */
export const pageQuery = {
  cursor: z.string().min(1).max(512).optional().meta({ description: 'nextCursor of the previous page' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .optional()
    .meta({ description: '1 to 100, 20 if left out', examples: ['20'] }),
};

export const PageQuery = z.strictObject(pageQuery);

/** A page of a list. nextCursor is null on the last page; pages are stable under inserts. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export type Page<T> = { items: T[]; nextCursor: string | null };
