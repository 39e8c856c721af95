import { readFile } from 'node:fs/promises';
import { ClientFrame, closeCodes, frameAnswers, ServerFrame } from '@holdfast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { startWorld, type World } from '../../test/world.ts';
import { type AsyncApiDocument, describeSocket } from './asyncapi-document.ts';

type Described = { name: string; summary?: string; examples: { payload: { type: string } }[] };

let world: World;
let document: AsyncApiDocument;
let prose: string;

beforeAll(async () => {
  world = await startWorld();
  document = (await (await fetch(`${world.url}/api/asyncapi.json`)).json()) as AsyncApiDocument;
  prose = await readFile(new URL('../../../../docs/socket.md', import.meta.url), 'utf8');
});

afterAll(() => world.stop());

const sides = [
  ['client', ClientFrame, '→'],
  ['server', ServerFrame, '←'],
] as const;
const framesOf = (union: typeof ClientFrame | typeof ServerFrame) =>
  union.options.map((frame) => ({
    type: frame.shape.type.value as string,
    fields: Object.keys(frame.shape),
  }));
const described = (side: string) =>
  Object.entries(document.components.messages)
    .filter(([name]) => name.startsWith(side))
    .map(([, message]) => message as Described);

/** A frame fits if its union takes it and nothing in it is unknown, which the server's frames would allow. */
function expectFrame(union: z.ZodType, frame: unknown): void {
  const parsed = union.safeParse(frame);
  expect(parsed.error, JSON.stringify(frame)).toBeUndefined();
  expect(parsed.data).toEqual(frame);
}

describe('/api/asyncapi.json', () => {
  test('is AsyncAPI 3.0 and not among the endpoints', async () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(Object.keys(document.servers)).toEqual(['api', 'own']);
    const openapi = (await (await fetch(`${world.url}/api/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(openapi.paths).filter((path) => path.includes('asyncapi'))).toEqual([]);
  });

  test('names the listeners by their public addresses', () => {
    const { servers } = describeSocket('https://api.example.org:8443', 3001);
    expect(servers.api).toMatchObject({ host: 'api.example.org:8443', pathname: '/ws', protocol: 'wss' });
    expect(servers.own).toMatchObject({ host: 'api.example.org:3001', protocol: 'ws' });
  });

  test.each(sides)(
    'describes every frame of the %s and no other, each with examples that fit',
    (side, union) => {
      const messages = described(side);
      expect(messages.map(({ name }) => name)).toEqual(framesOf(union).map(({ type }) => type));
      for (const { name, summary, examples } of messages) {
        expect(summary, name).toMatch(/\.$/);
        expect(examples.length, name).toBeGreaterThan(0);
        for (const { payload } of examples) {
          expect(payload.type).toBe(name);
          expectFrame(union, payload);
        }
      }
    },
  );

  test('has an operation for each frame of the client, with its answers, and every other frame comes unasked', () => {
    const { tell, ...asked } = document.operations as Record<
      string,
      { messages: { $ref: string }[]; reply?: { messages: { $ref: string }[] } }
    >;
    expect(Object.keys(asked)).toEqual(framesOf(ClientFrame).map(({ type }) => type));
    const told = [...tell!.messages, ...Object.values(asked).flatMap((one) => one.reply!.messages)];
    expect(new Set(told.map(({ $ref }) => $ref)).size).toBe(ServerFrame.options.length);
  });

  test('every $ref resolves, and every schema is used', () => {
    const used = new Set(referencesIn(document));
    for (const reference of used) {
      const steps = reference.slice(2).split('/');
      const found = steps.reduce<unknown>(
        (value, step) => (value as Record<string, unknown>)[step],
        document,
      );
      expect(found, reference).toBeTruthy();
    }
    for (const name of Object.keys(document.components.schemas))
      expect(used, name).toContain(`#/components/schemas/${name}`);
  });
});

describe('docs/socket.md', () => {
  const linesOf = (arrow: string) =>
    prose
      .split('\n')
      .filter((line) => line.startsWith(`${arrow} {`))
      .map((line) => JSON.parse(line.slice(2)) as { type: string; id?: string });

  test.each(sides)(
    'has every frame of the %s in its session, each true to the schema',
    (_side, union, arrow) => {
      const shown = linesOf(arrow);
      for (const frame of shown) expectFrame(union, frame);
      expect(new Set(shown.map(({ type }) => type))).toEqual(
        new Set(framesOf(union).map(({ type }) => type)),
      );
    },
  );

  test('answers each frame of the session once, with a frame that may answer it', () => {
    const answers = linesOf('←');
    for (const frame of linesOf('→')) {
      const [answer, ...more] = answers.filter(({ id }) => id === frame.id);
      expect(frameAnswers[frame.type as ClientFrame['type']], frame.id).toContain(answer?.type);
      expect(more).toEqual([]);
    }
  });

  test.each(sides)(
    'has a section for every frame of the %s that names each of its fields',
    (_side, union) => {
      const sections = prose.split(/^#{2,3} /m);
      for (const { type, fields } of framesOf(union)) {
        const section = sections.find((one) => one.split('\n', 1)[0]!.split(', ').includes(type));
        expect(section, type).toBeDefined();
        for (const field of fields) expect(section, type).toContain(`\`${field}\``);
      }
    },
  );

  test('tells what every close code means', () => {
    for (const code of Object.values(closeCodes)) expect(prose).toContain(`\n| ${code} | `);
  });
});

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' ? [inner as string] : referencesIn(inner),
  );
}
