import { type Operation, operations } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startWorld, type World } from '../../test/world.ts';
import { describeApi, type OpenApiDocument } from './openapi-document.ts';
import { toJsonSchema } from './openapi-schemas.ts';

type Parameter = { in: string; name: string; required: boolean; description?: string; schema: object };
type Described = {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security?: object[];
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: object; example?: unknown; examples?: object }> };
  responses: Record<
    string,
    { description: string; content?: Record<string, { schema: object; example: unknown }> }
  >;
};

let world: World;
let document: OpenApiDocument;

beforeAll(async () => {
  world = await startWorld();
  document = (await (await fetch(`${world.url}/api/openapi.json`)).json()) as OpenApiDocument;
});

afterAll(() => world.stop());

const described = ({ endpoint }: Operation): Described =>
  document.paths[endpoint.path.replace(/:(\w+)/g, '{$1}')]?.[endpoint.method.toLowerCase()] as Described;

describe('/api/openapi.json', () => {
  test('is OpenAPI 3.1 with the pieces a generator needs', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Holdfast API', license: { name: 'MIT' } });
    expect(document.servers[0]?.url).toBe('/');
    for (const path of Object.keys(document.paths))
      expect(path).toMatch(/^\/(?:[a-z-]+|\{\w+\})(?:\/(?:[a-z-]+|\{\w+\}))*(?:\.csv)?$/);
    for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[A-Za-z]+$/);
  });

  test('describes every endpoint of the contract and nothing else', () => {
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((one) => one.operationId),
    );
    expect(ids.sort()).toEqual(
      operations()
        .map((one) => one.id)
        .sort(),
    );
    for (const operation of operations()) expect(described(operation).operationId).toBe(operation.id);
  });

  test('every endpoint of the contract is really served, to those it is for', async () => {
    for (const { id, endpoint } of operations()) {
      const response = await fetch(`${world.url}${endpoint.path.replace(/:\w+/g, 'x')}`, {
        method: endpoint.method,
      });
      expect([404, 405], id).not.toContain(response.status);
      if (endpoint.access !== 'public') expect(response.status, id).toBe(401);
    }
  });

  test('an operation says what it does, who may call it and what can go wrong', () => {
    const tags = new Set(document.tags.map((tag) => tag.name));
    for (const operation of operations()) {
      const one = described(operation);
      expect(one.summary, operation.id).toBeTruthy();
      expect(one.description, operation.id).toMatch(
        /Anybody may call this|For (anybody|customers|contractors|admins)/,
      );
      expect(one.tags.every((tag) => tags.has(tag))).toBe(true);
      const isPublic = operation.endpoint.access === 'public';
      expect(one.security, operation.id).toEqual(isPublic ? undefined : [{ bearer: [] }]);
      const refusals = Object.keys(one.responses).filter((status) => status.startsWith('4'));
      expect(refusals.length, operation.id).toBeGreaterThan(0);
      if (!isPublic) expect(refusals).toContain('401');
      for (const status of refusals)
        expect(Object.keys(one.responses[status]!.content!)).toEqual(['application/problem+json']);
    }
  });

  test('parameters are described, with the type that is meant', () => {
    for (const operation of operations())
      for (const parameter of described(operation).parameters) {
        const name = `${operation.id} ${parameter.name}`;
        if (parameter.name !== 'stripe-signature') expect(parameter.description, name).toBeTruthy();
        if (parameter.in === 'path') expect(parameter.required, name).toBe(true);
      }
    const search = operations().find((one) => one.id === 'jobs.search')!;
    const byName = new Map(described(search).parameters.map((one) => [one.name, one]));
    expect(byName.get('limit')?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 100 });
    expect(byName.get('lat')?.schema).toEqual({ type: 'number', minimum: -90, maximum: 90 });
    expect(byName.get('sort')).toMatchObject({ required: false, schema: { default: 'date' } });
  });

  test('POSTs that take an Idempotency-Key say so, and whether they need it', () => {
    const needs = (id: string) =>
      described(operations().find((one) => one.id === id)!).parameters.find(
        (one) => one.name === 'idempotency-key',
      )?.required;
    expect(needs('payouts.withdraw')).toBe(true);
    expect(needs('payments.createIntent')).toBe(false);
    expect(needs('accounts.login')).toBeUndefined();
  });

  test('every body and every answer has an example that fits the contract', () => {
    for (const operation of operations()) {
      const one = described(operation);
      const { endpoint, id } = operation;
      expect(one.requestBody !== undefined, id).toBe(
        [endpoint.body, endpoint.form, endpoint.signedBody, endpoint.multipart].some(
          (kind) => kind !== undefined,
        ),
      );
      const body = one.requestBody?.content['application/json'];
      if (body !== undefined) expect(body.example ?? body.examples, id).toBeTruthy();
      const status = String(endpoint.status ?? 200);
      const answer = one.responses[status]?.content?.[endpoint.produces ?? 'application/json'];
      if (status === '204' || status === '302') expect(answer, id).toBeUndefined();
      else if (endpoint.produces === '*/*') expect(answer, id).toBeTruthy();
      else expect(endpoint.response.safeParse(answer?.example).error, id).toBeUndefined();
    }
  });

  test('answers that are not JSON say what they are', () => {
    const typesOf = (id: string) =>
      Object.keys(described(operations().find((one) => one.id === id)!).responses['200']!.content!);
    expect(typesOf('receipts.get')).toEqual(['text/html']);
    expect(typesOf('earnings.csv')).toEqual(['text/csv']);
    expect(typesOf('earnings.report')).toEqual(['application/json']);
    expect(typesOf('files.get')).toEqual(['*/*']);
  });

  test('what takes a form as well says so', () => {
    const { requestBody } = described(operations().find((one) => one.id === 'pusher.authorize')!);
    expect(Object.keys(requestBody!.content)).toEqual([
      'application/json',
      'application/x-www-form-urlencoded',
    ]);
  });

  test('an upload is a form: its fields, and files', () => {
    const { requestBody } = described(operations().find((one) => one.id === 'files.upload')!);
    const form = requestBody!.content['multipart/form-data'] as { schema: { required: string[] } };
    expect(form.schema).toMatchObject({
      properties: { purpose: expect.anything(), objectId: expect.anything(), file: { type: 'array' } },
    });
    expect(form.schema.required.toSorted()).toEqual(['file', 'purpose']);
  });

  test('every $ref resolves, and every component is used', () => {
    const used = new Set(referencesIn(document.paths).concat(referencesIn(document.components.schemas)));
    const there = new Set(
      Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
    );
    expect([...used].filter((reference) => !there.has(reference))).toEqual([]);
    expect([...there].filter((reference) => !used.has(reference))).toEqual([]);
  });

  test('answers may gain fields, requests refuse unknown ones', () => {
    const { Job, JobChange } = document.components.schemas;
    expect(Job).not.toHaveProperty('additionalProperties');
    expect(JobChange).toMatchObject({ additionalProperties: false });
  });
});

describe('the description itself', () => {
  test('a schema that differs between request and answer is refused rather than described wrongly', () => {
    const schema = z.object({ a: z.string().default('x') }).meta({ id: 'TwoFaced' });
    const components = {};
    toJsonSchema(schema, 'input', components);
    expect(() => toJsonSchema(schema, 'output', components)).toThrow('TwoFaced');
    z.globalRegistry.remove(schema);
  });

  test('tags without an endpoint are left out', () => {
    const one = operations().slice(0, 1);
    expect(describeApi(one, 'http://x').tags.map((tag) => tag.name)).toEqual([one[0]!.endpoint.tag]);
  });
});

describe('/api/docs', () => {
  test('loads with everything it needs, from this server alone, as its own policy allows', async () => {
    const page = await fetch(`${world.url}/api/docs/`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const assets = [...html.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+)"/g)].map(
      (match) => match[1]!,
    );
    expect(assets.filter((asset) => asset.endsWith('.js')).length).toBeGreaterThanOrEqual(3);
    for (const asset of assets) {
      const url = new URL(asset, `${world.url}/api/docs/`);
      expect(url.origin).toBe(world.url);
      const answer = await fetch(url);
      expect((await answer.bytes()).length, asset).toBeGreaterThan(100);
      expect(answer.status, asset).toBe(200);
    }
    // What the policy would block: scripts in the page itself, handlers in attributes.
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\son\w+="/);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('upgrade-insecure-requests');
  });

  test('reads the document it shows from this server', async () => {
    const script = await (await fetch(`${world.url}/api/docs/static/swagger-initializer.js`)).text();
    const shown = await fetch(new URL('./json', `${world.url}/api/docs/`));
    expect(script).toContain('/json');
    expect(await shown.json()).toEqual(document);
  });
});

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' ? [inner as string] : referencesIn(inner),
  );
}
