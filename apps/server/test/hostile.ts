import { type Endpoint, operations, type Problem } from '@holdfast/contract';
import { expect } from 'vitest';
import { z } from 'zod';
import { createPerson, forgetRateLimits, type Person } from './people.ts';
import type { World } from './world.ts';

/** Requests as no client of ours would send them, and what every answer to them must look like. */

export type Roles = Record<'customer' | 'contractor' | 'admin', Person>;

export async function createRoles(world: World): Promise<Roles> {
  const [customer, contractor, admin] = await Promise.all(
    (['customer', 'contractor', 'admin'] as const).map((role) => createPerson(world, { role })),
  );
  return { customer: customer!, contractor: contractor!, admin: admin! };
}

/** The API but for what takes other formats; each with its id for messages. */
export const endpoints = () =>
  operations().filter(
    ({ endpoint }) =>
      endpoint.signedBody === undefined && endpoint.multipart === undefined && endpoint.form === undefined,
  );

/** Those who get past the door of an endpoint. */
export const admitted = (endpoint: Endpoint, roles: Roles): (Person | undefined)[] => {
  if (endpoint.access === 'public') return [undefined];
  return endpoint.access === 'user' ? [roles.customer, roles.contractor] : [roles[endpoint.access]];
};

export type RawRequest = {
  as?: Person | undefined;
  path?: string;
  query?: string;
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
};

/** Sends exactly these bytes. A body is JSON unless the headers say otherwise; limits of rate are got out of the way. */
export async function send(world: World, endpoint: Endpoint, request: RawRequest): Promise<Response> {
  const path = request.path ?? pathOf(endpoint);
  for (;;) {
    await forgetRateLimits(world);
    const response = await fetch(`${world.url}${path}${request.query ?? ''}`, {
      method: endpoint.method,
      headers: {
        ...(request.as === undefined ? {} : { authorization: `Bearer ${request.as.accessToken}` }),
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(endpoint.idempotencyKey === 'required' ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    // Others of the same test may have filled the window since.
    if (response.status !== 429) return response;
    await response.bytes();
  }
}

const nobody = '0'.repeat(22);

/** The path with identifiers of the right shape that name nothing. */
export const pathOf = (endpoint: Endpoint): string =>
  endpoint.path.replace(/:(\w+)/g, (_match, name) =>
    exampleId(endpoint, name).replace(/_[0-9A-Za-z]{22}/g, `_${nobody}`),
  );

const exampleId = (endpoint: Endpoint, name: string): string =>
  (z.globalRegistry.get(endpoint.params!.shape[name] as z.ZodType)!.examples as string[])[0]!;

export type BodyExample = Record<string, unknown>;

export const bodyExamples = (endpoint: Endpoint): BodyExample[] =>
  endpoint.body === undefined ? [] : (z.globalRegistry.get(endpoint.body)!.examples as BodyExample[]);

/** Reads the problem and checks what is true of every refusal; `what` is for the message. */
export async function refused(response: Response, what: string): Promise<Problem> {
  const text = await response.text();
  const told = `${what}: ${response.status} ${text.slice(0, 300)}`;
  expect(response.status, told).toBeGreaterThanOrEqual(400);
  expect(response.status, told).toBeLessThan(500);
  expect(response.headers.get('content-type'), told).toBe('application/problem+json; charset=utf-8');
  const problem = JSON.parse(text) as Problem;
  expect(problem.status, told).toBe(response.status);
  expect(problem.type, told).toBe(`urn:holdfast:problem:${problem.code}`);
  expect(problem.requestId, told).toMatch(/^req_/);
  if (problem.code === 'validation_failed') {
    expect(problem.errors?.length, told).toBeGreaterThan(0);
    for (const error of problem.errors!) expect(error.path, told).toMatch(/^(body|query|params|headers)/);
  }
  return problem;
}

/** For what may be valid after all: anything but a failure of ours, and a refusal only in the right form. */
export async function survived(response: Response, what: string): Promise<void> {
  if (response.status >= 400) await refused(response, what);
  else await response.bytes();
}

/** Every place in an example with what replaces it: the whole example with one value that is wrong or strange. */
export function mutations(example: unknown, values: readonly unknown[]): { path: string; body: unknown }[] {
  if (typeof example !== 'object' || example === null || Array.isArray(example))
    return values.map((body) => ({ path: '', body }));
  return Object.entries(example).flatMap(([name, inner]) => {
    const here = values.map((value) => ({ path: name, body: { ...example, [name]: value } }));
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return here;
    const deeper = mutations(inner, values).map((one) => ({
      path: `${name}.${one.path}`,
      body: { ...example, [name]: one.body },
    }));
    return [...here, ...deeper];
  });
}

/** Runs the work for all items, some at a time. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
