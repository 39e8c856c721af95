import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';

/** Who may call an endpoint. `user` is anybody signed in; object ownership is checked by the verb itself. */
export type Access = 'public' | 'user' | 'customer' | 'contractor' | 'admin';

/** One endpoint of the API as data: the server registers it, the client calls it, OpenAPI shows it. */
export type Endpoint = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  params?: z.ZodObject;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Takes its body as a form, too: for clients of others that send nothing else. */
  takesForm?: true;
  /** Instead of `body`: bytes in somebody else's format, and the header that signs them. */
  signedBody?: { description: string; header: string };
  /** Instead of `body`: the fields of a form, as browsers and mail programs send them, in either encoding. */
  form?: z.ZodObject;
  /** Instead of `body`: multipart/form-data with files in the field `file`, and these fields beside them. */
  multipart?: z.ZodObject;
  response: z.ZodType;
  /** What is answered when it is not JSON; the response is then this text, or bytes of any type. */
  produces?: 'text/html' | 'text/csv' | '*/*';
  status?: 200 | 201 | 202 | 204 | 302;
  /** Codes beyond the ones every endpoint can answer. */
  errors?: readonly ErrorCode[];
  /** Whether the Idempotency-Key header is taken, and whether it must be there. */
  idempotencyKey?: 'optional' | 'required';
};

export const endpoint = <const E extends Endpoint>(definition: E): E => definition;

type Part<E, K extends string, Direction extends 'input' | 'output'> =
  E extends Record<K, infer S extends z.ZodType>
    ? Direction extends 'input'
      ? z.input<S>
      : z.output<S>
    : undefined;

/** What a caller sends. */
export type RequestOf<E extends Endpoint> = {
  [K in 'params' | 'query' | 'body' as Part<E, K, 'input'> extends undefined ? never : K]: Part<
    E,
    K,
    'input'
  >;
} & (E extends { multipart: z.ZodObject } ? { form: FormData } : unknown) &
  (E extends { idempotencyKey: 'required' } ? { idempotencyKey: string } : { idempotencyKey?: string });

/** What a handler receives after validation. */
export type InputOf<E extends Endpoint> = {
  [K in 'params' | 'query' | 'body']: Part<E, K, 'output'>;
};

/** What the endpoint answers. */
export type ResponseOf<E extends Endpoint> = z.output<E['response']>;
