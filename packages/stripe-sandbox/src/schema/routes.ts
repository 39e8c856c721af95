import { api, type Operation } from './description.ts';

export type Route = { method: string; path: string; operation: Operation; ids: string[] };

type Pattern = { path: string; segments: string[]; operations: Record<string, Operation> };

const patterns: Pattern[] = Object.entries(api.paths)
  .map(([path, operations]) => ({ path, segments: path.split('/'), operations }))
  // Literal segments win over placeholders: /v1/charges/search before /v1/charges/{id}.
  .sort((a, b) => placeholders(a.segments) - placeholders(b.segments));

function placeholders(segments: string[]): number {
  return segments.filter((segment) => segment.startsWith('{')).length;
}

function matchSegments(pattern: string[], actual: string[]): string[] | undefined {
  if (pattern.length !== actual.length) return undefined;
  const ids: string[] = [];
  for (const [index, segment] of pattern.entries()) {
    const value = actual[index] ?? '';
    if (segment.startsWith('{')) {
      if (value === '') return undefined;
      ids.push(value);
    } else if (segment !== value) return undefined;
  }
  return ids;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Finds the operation of the data file that a request line names. */
export function findRoute(method: string, pathname: string): Route | undefined {
  const actual = pathname.split('/').map(decode);
  for (const pattern of patterns) {
    const operation = pattern.operations[method.toLowerCase()];
    const ids = operation === undefined ? undefined : matchSegments(pattern.segments, actual);
    if (operation !== undefined && ids !== undefined) {
      return { method, path: pattern.path, operation, ids };
    }
  }
  return undefined;
}
