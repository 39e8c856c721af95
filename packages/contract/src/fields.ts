import { z } from 'zod';

/** Field types shared by all resources. Inputs are strict: unknown fields are refused, nothing is coerced. */

/** Opaque prefixed identifiers, e.g. job_4fGh…; the rest is random and says nothing. */
export const idOf = <P extends string>(prefix: P) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9A-Za-z]{22}$`), `must be an identifier that starts with ${prefix}_`)
    .meta({ description: `opaque, begins with ${prefix}_`, examples: [`${prefix}_5qZr8Vb2NfK0tXy7WcL3mD`] });

export const Timestamp = z.iso
  .datetime()
  .meta({ description: 'UTC, ISO 8601', examples: ['2026-11-24T09:30:00.000Z'] });

/** A line of text: trimmed, bounded, without control characters (NUL cannot be stored in PostgreSQL). */
export const line = (minimum: number, maximum: number) =>
  z
    .string()
    .trim()
    .min(minimum)
    .max(maximum)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters');

/** Free text of several lines: line breaks and tabs are allowed, other control characters are not. */
export const prose = (minimum: number, maximum: number) =>
  z
    .string()
    .trim()
    .min(minimum)
    .max(maximum)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'must not contain control characters');

/** A decimal number of a query string, within bounds. */
export const decimal = (schema: z.ZodNumber, description: string, example: string) =>
  z
    .string()
    .max(30)
    .regex(/^-?\d{1,9}(\.\d{1,15})?$/, 'must be a decimal number')
    .transform(Number)
    .pipe(schema)
    .optional()
    .meta({ description, examples: [example] });

/** E-mail addresses compare without case: they are lower-cased on the way in. */
export const Email = z
  .email()
  .max(254)
  .toLowerCase()
  .meta({ description: 'compared without case', examples: ['ada@example.org'] });

export const Locale = z
  .string()
  .regex(
    /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/,
    'must be a BCP 47 language tag such as en or de-AT',
  )
  .meta({ examples: ['en-GB'] });

export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be an IANA time zone such as Europe/Vienna')
  .meta({ examples: ['Europe/Vienna'] });

/** A day of the calendar, in an order of years that every part of the system can count in. */
export const Day = z.iso
  .date()
  .refine((day) => day >= '2000-01-01' && day < '3000-01-01', 'must be from 2000 to 2999')
  .meta({ examples: ['2026-11-24'] });

/** Latitude and longitude in degrees (WGS 84). */
export const Point = z
  .strictObject({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180) })
  .meta({ id: 'Point', examples: [{ lat: 48.2082, lng: 16.3738 }] });
export type Point = z.infer<typeof Point>;

/** Trades a job can be in and a contractor can offer. */
export const categories = [
  'carpentry',
  'cleaning',
  'electrical',
  'flooring',
  'gardening',
  'heating',
  'it',
  'landscaping',
  'locksmith',
  'masonry',
  'moving',
  'other',
  'painting',
  'plumbing',
  'roofing',
  'tiling',
] as const;
export const Category = z
  .enum(categories)
  .meta({ id: 'Category', description: 'the trade that a job needs', examples: ['painting'] });
export type Category = z.infer<typeof Category>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
