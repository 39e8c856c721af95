import { invalidRequest } from '../http/errors.ts';
import { objectOf } from '../http/parameters.ts';
import type { Json, JsonObject } from '../json.ts';
import { alternatives, api, resolve, type Schema } from '../schema/description.ts';

function offValue(schema: Schema): Json {
  const resolved = resolve(schema);
  if (schema.nullable === true || resolved.nullable === true) return null;
  if (resolved.type === 'boolean') return false;
  if (resolved.type === 'array') return [];
  return resolved.enum?.includes('disabled') ? 'disabled' : (resolved.enum?.[0] ?? null);
}

/** A component's features: as asked for, the others off. */
function featuresOf(schema: Schema, given: JsonObject): JsonObject {
  const properties = alternatives(schema)[0]?.properties ?? {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, feature]) => [name, given[name] ?? offValue(feature)]),
  );
}

/** Every component the API description knows under a name, enabled where it was asked for. */
export function componentsOf(schemaName: string, given: JsonObject): JsonObject {
  const { properties = {} } = resolve(api.components.schemas[schemaName] ?? {});
  if (!Object.keys(given).some((name) => objectOf(given, name).enabled === true)) {
    throw invalidRequest('At least one component must be enabled.', { param: 'components' });
  }
  const shown: JsonObject = {};
  for (const [name, schema] of Object.entries(properties)) {
    const wish = objectOf(given, name);
    const features = resolve(schema).properties?.features;
    shown[name] = {
      enabled: wish.enabled === true,
      ...(features === undefined ? {} : { features: featuresOf(features, objectOf(wish, 'features')) }),
    };
  }
  return shown;
}
