import type { FastifyError } from 'fastify';
import { AppError, type FieldError } from '../errors.ts';

/** What zod says of one place in the request; an issue inside a union has its path from there. */
type Issue = { path: string[]; message: string; keys?: string[] | undefined; errors?: Nested[] | undefined };
type Nested = readonly {
  path: PropertyKey[];
  message: string;
  keys?: string[];
  errors?: Nested[];
}[];

const parts = { body: 'body', querystring: 'query', params: 'params', headers: 'headers' } as const;
const maximumFields = 50;
const maximumPathLength = 300;

/** The refusal of a request that does not fit its schema, with the path of every field that is wrong. */
export function validationError(error: FastifyError): AppError {
  const part = parts[error.validationContext as keyof typeof parts] ?? 'body';
  const fields = (error.validation ?? []).flatMap(({ instancePath, message, params }) =>
    fieldsOf(part, {
      ...(params as Pick<Issue, 'keys' | 'errors'>),
      path: instancePath.split('/').filter((step) => step !== ''),
      message: message ?? 'is not valid',
    }),
  );
  const first = fields[0];
  return new AppError(
    'validation_failed',
    first === undefined ? 'The request is not valid.' : `${first.path}: ${first.message}`,
    { fields: fields.slice(0, maximumFields) },
  );
}

function fieldsOf(part: string, issue: Issue): FieldError[] {
  const pathOf = (...steps: string[]) =>
    [part, ...issue.path, ...steps].join('.').slice(0, maximumPathLength);
  if (issue.keys !== undefined && issue.keys.length > 0)
    return issue.keys.map((key) => ({ path: pathOf(key), message: 'is not a known field' }));
  if (issue.errors !== undefined && issue.errors.length > 0)
    return nearest(issue.errors).flatMap((inner) =>
      fieldsOf(part, { ...inner, path: [...issue.path, ...inner.path.map(String)] }),
    );
  return [{ path: pathOf(), message: issue.message }];
}

/** Of the forms that a value could have had, the one it misses least: what was meant, most likely. */
function nearest(forms: readonly Nested[]): Nested {
  const distance = (form: Nested) =>
    form.reduce((sum, issue) => sum + (issue.keys === undefined ? 1 : 2 * issue.keys.length), 0);
  return [...forms].sort((one, other) => distance(one) - distance(other))[0]!;
}
