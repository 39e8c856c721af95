import { z } from 'zod';
import { type Minimums, readMinimums } from './config-minimums.ts';
import { list } from './config-problems.ts';

/* How one value of the environment is written; the message says what it must be. */

export const whole = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine(
      (value) => value >= minimum && value <= maximum,
      `must be a whole number from ${minimum} to ${maximum}`,
    );
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');
export const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,2})?$/, 'must be a percentage such as 10 or 12.5')
  .transform((text) => Math.round(Number(text) * 100))
  .refine((basisPoints) => basisPoints <= 9_000, 'must be at most 90');
export const minimums = z.string().transform((text, issues): Minimums => {
  const read = readMinimums(list(text));
  if (read === undefined)
    issues.addIssue(
      'must be a comma list such as usd:10.00,jpy:1000, each currency once, with its own decimals',
    );
  return read ?? {};
});
export const proxies = z
  .string()
  .regex(/^(true|false|[1-9])$/, 'must be true (one proxy), false, or the number of proxies from 1 to 9')
  .transform((text) => (text === 'false' ? 0 : text === 'true' ? 1 : Number(text)));
export const origins = z
  .string()
  .transform(list)
  .refine(
    (all) => all.every(isOrigin),
    'must be a comma list of origins such as https://app.example.org, without a path',
  );
export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`);
export const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
