import { isTest, lineOf, nodesOf, type Rule, type Source } from './source.ts';

const maximumLines = 250;
const maximumTestLines = 400;
const maximumFunctionLines = 60;

/** One story that is read from its beginning to its end; each of its steps is short. */
const longFiles = new Set(['apps/server/demo/journey.ts']);

export const filesAreShort: Rule = ({ path, text }) => {
  const lines = text.trimEnd().split('\n').length;
  const limit = isTest(path) ? maximumTestLines : maximumLines;
  return lines <= limit || longFiles.has(path) ? [] : [`${path} has ${lines} lines, ${limit} are allowed`];
};

export const functionsAreShort: Rule = (source) => {
  if (isTest(source.path)) return [];
  return nodesOf(source)
    .filter((node) => /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type))
    .map((node) => ({
      first: lineOf(source, node.start),
      lines: source.text.slice(node.start, node.end).split('\n').length,
    }))
    .filter(({ lines }) => lines > maximumFunctionLines)
    .map(
      ({ first, lines }) =>
        `${source.path}:${first} is a function of ${lines} lines, ${maximumFunctionLines} are allowed`,
    );
};

/** Only config.ts reads the environment, the scripts that start everything aside. */
export const environmentIsReadOnce: Rule = (source) =>
  source.path.startsWith('scripts/') || isTest(source.path) || source.path === 'apps/server/src/config.ts'
    ? []
    : matches(source, /process\.env\b/, 'reads the environment: that is for config.ts');

/** Rules take the time from ctx.clock, so that tests and demos can move it. */
export const timeComesFromTheClock: Rule = (source) =>
  isTest(source.path) ||
  /^(scripts|bench|apps\/server\/demo)\/|^apps\/server\/src\/(clock\.ts|local\/)|^packages\/stripe-sandbox\/src\/engine\//.test(
    source.path,
  )
    ? []
    : matches(source, /\bDate\.now\(\)|\bnew Date\(\)/, "reads the computer's clock: use ctx.clock");

// In pieces, so that this file does not break its own rules.
const openEnds = new RegExp(
  `\\b(${['TO', 'FIX'].map((word, index) => word + ['DO', 'ME'][index]).join('|')})\\b`,
);
const partialRuns = new RegExp(
  `\\b(test|it|describe)(\\.\\w+)*\\.(${['on' + 'ly', 'sk' + 'ip', 'to' + 'do'].join('|')})\\b`,
);

export const nothingIsLeftForLater: Rule = (source) =>
  matches(source, openEnds, 'leaves something for later');

export const everyTestRuns: Rule = (source) => matches(source, partialRuns, 'keeps tests from running');

const drawers = /^(utils?|utilities|helpers?|managers?|misc|common|shared|lib)(\.|$)/i;

/** A name says what is inside. */
export const namesSayWhatIsInside = (path: string): string[] => {
  const name = path.split('/').at(-1)!;
  return drawers.test(name) || /-(utils?|helpers?|manager)(\.|$)/i.test(name)
    ? [`${path}: a drawer, not a name`]
    : [];
};

/** Migrations are applied in the order of their names: NNN-what-it-does.sql. */
export const migrationsAreNumbered = (path: string): string[] => {
  const name = /^apps\/server\/migrations\/(.+)$/.exec(path)?.[1];
  return name === undefined || /^\d{3}-[a-z0-9-]+\.sql$/.test(name) ? [] : [`${path}: must be NNN-name.sql`];
};

function matches(source: Source, pattern: RegExp, what: string): string[] {
  return source.text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1} ${what}`] : []));
}
