import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

/** One file of the repository; its path is relative to the root. */
export type Source = { path: string; text: string };
/** A rule names what is wrong with one file, in words; nothing if all is well. */
export type Rule = (source: Source) => string[];

export const root = fileURLToPath(new URL('../../../../', import.meta.url));

const folders = ['apps', 'packages', 'scripts', 'bench'];
const ignored = new Set(['node_modules', 'data', 'upload']);

/** The path of every file and folder that is ours. */
export function allPaths(): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (ignored.has(entry.name)) return [];
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...walk(path)] : [path];
    });
  return folders.flatMap((folder) => walk(join(root, folder))).map((path) => relative(root, path));
}

export const readSources = (): Source[] =>
  allPaths()
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

export const isTest = (path: string): boolean => /\.test\.ts$|\/test\//.test(path);

export type Node = { type: string; start: number; end: number } & Record<string, unknown>;

/** Every node of the file's syntax tree, outer ones first. */
export function nodesOf(source: Source): Node[] {
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) visit(one);
    else if (typeof value === 'object' && value !== null) {
      if (typeof (value as Node).type === 'string') found.push(value as Node);
      for (const one of Object.values(value)) visit(one);
    }
  };
  visit(parseAst(source.text, { lang: source.path.endsWith('.ts') ? 'ts' : 'js' }));
  return found;
}

/** What the file imports: packages by name, files of ours by their path. */
export function importsOf(source: Source): string[] {
  return nodesOf(source)
    .filter((node) => /^(Import|Export(Named|All))(Declaration|Expression)$/.test(node.type))
    .map((node) => (node.source as { value?: unknown } | null)?.value)
    .filter((value) => typeof value === 'string')
    .map((value) => (value.startsWith('.') ? normalize(join(dirname(source.path), value)) : value));
}

export const packageOf = (name: string): string =>
  name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0]!;

export const isPackage = (name: string): boolean => !/^(apps|packages|scripts|bench)\//.test(name);

export const lineOf = (source: Source, offset: number): number =>
  source.text.slice(0, offset).split('\n').length;
