import { z } from 'zod';

export type JsonSchema = { [keyword: string]: unknown };
export type Components = Record<string, JsonSchema>;

/**
 * The JSON Schema of a part of the contract, for people and generators: named schemas become components, what a
 * format says already is not repeated as a pattern, and answers may gain fields.
 */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output', components: Components): JsonSchema {
  const { properties, $defs } = z.toJSONSchema(z.object({ schema }), {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => tidy(zodSchema, jsonSchema as JsonSchema),
  }) as unknown as { properties: { schema: JsonSchema }; $defs?: Components };
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const { id: _id, ...component } = withReferences(definition) as JsonSchema;
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(component))
      throw new Error(
        `the schema ${name} differs between what is sent and what is answered: give it two names`,
      );
    components[name] = component;
  }
  return withReferences(properties.schema) as JsonSchema;
}

function tidy(zodSchema: z.core.$ZodTypes, json: JsonSchema): void {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && def.catchall === undefined) delete json.additionalProperties;
  if (json.format !== undefined) delete json.pattern;
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}

function withReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string'
        ? [key, inner.replace('#/$defs/', '#/components/schemas/')]
        : [key, withReferences(inner)],
    ),
  );
}

/** A value that fits: the schema's own example, or one made of the examples of its parts. */
export function exampleOf(schema: JsonSchema, components: Components): unknown {
  if (typeof schema.$ref === 'string')
    return exampleOf(components[schema.$ref.split('/').at(-1)!]!, components);
  if (Array.isArray(schema.examples)) return schema.examples[0];
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const forms = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (forms !== undefined) return exampleOf(forms[0]!, components);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(schema.properties as Components).map(([name, property]) => [
        name,
        exampleOf(property, components),
      ]),
    );
  if (type === 'array') return [exampleOf(schema.items as JsonSchema, components)];
  return { string: 'text', boolean: true, integer: 1, number: 1 }[type as string] ?? null;
}
