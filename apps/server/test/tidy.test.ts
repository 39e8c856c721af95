import { describe, expect, test } from 'vitest';
import { modules, modulesKeepApart, packagesKeepApart, packagesStayAtHome } from './tidy/imports.ts';
import { allPaths, type Rule, readSources } from './tidy/source.ts';
import {
  environmentIsReadOnce,
  everyTestRuns,
  filesAreShort,
  functionsAreShort,
  migrationsAreNumbered,
  namesSayWhatIsInside,
  nothingIsLeftForLater,
  timeComesFromTheClock,
} from './tidy/style.ts';

const sources = readSources();
const broken = (rule: Rule) => sources.flatMap(rule);
const inServer = (path: string, text: string) => ({ path: `apps/server/src/${path}`, text });

test('there is something to look at', () => {
  expect(sources.length).toBeGreaterThan(300);
});

describe('modules', () => {
  test('import core and the faces that their row of the table allows', () => {
    expect(broken(modulesKeepApart)).toEqual([]);
  });

  test('have a table without cycles', () => {
    const visit = (name: string, path: readonly string[]): void => {
      expect(path, [...path, name].join(' → ')).not.toContain(name);
      for (const next of modules[name] ?? []) visit(next, [...path, name]);
    };
    for (const name of Object.keys(modules)) visit(name, []);
  });

  test.each([
    ['a file behind a face', 'bookings/x.ts', "import { lockJob } from '../jobs/lock.ts';"],
    ['a face that is not in the row', 'jobs/x.ts', "export { pay } from '../payments/payments.ts';"],
    ['a face by a type alone', 'accounts/x.ts', "import type { Job } from '../jobs/jobs.ts';"],
    ['a face by a call', 'accounts/x.ts', "const jobs = await import('../jobs/jobs.ts');"],
    ['a module from core', 'http/x.ts', "import { findAccount } from '../accounts/accounts.ts';"],
    ['a module from a vendor', 'vendors/x.ts', "import { findAccount } from '../accounts/accounts.ts';"],
    ['a module from the context', 'context.ts', "import { findAccount } from './accounts/accounts.ts';"],
    ['the application', 'jobs/x.ts', "import { createApp } from '../app.ts';"],
    ['the list of tasks', 'jobs/x.ts', "import { handlers } from '../outbox/tasks.ts';"],
    ['a stand-in', 'jobs/x.ts', "import { startMailbox } from '../local/mailbox.ts';"],
    ['anything, in a folder without a row', 'chatter/x.ts', ''],
  ])('the rule fires on %s', (_name, path, text) => {
    expect(modulesKeepApart(inServer(path, text))).toHaveLength(1);
  });

  test('the rule lets core, faces and wiring be', () => {
    const text =
      "import { a } from '../accounts/accounts.ts'; import { b } from '../db/connect.ts'; import c from './own.ts';";
    expect(modulesKeepApart(inServer('jobs/x.ts', text))).toEqual([]);
    expect(modulesKeepApart(inServer('app.ts', "import { a } from './jobs/routes.ts';"))).toEqual([]);
    expect(
      modulesKeepApart(inServer('jobs/x.test.ts', "import { a } from '../payments/payments.ts';")),
    ).toEqual([]);
  });
});

describe('packages', () => {
  test('of ours know as little of each other as they should', () => {
    expect(broken(packagesKeepApart)).toEqual([]);
  });

  test('of others are imported where they are at home', () => {
    expect(broken(packagesStayAtHome)).toEqual([]);
  });

  test.each([
    ['contract', "import { readFile } from 'fastify';"],
    ['contract', "import { x } from '@holdfast/client';"],
    ['client', "import { z } from 'zod';"],
    ['stripe-sandbox', "import { Money } from '@holdfast/contract';"],
    ['stripe-sandbox', "import { Money } from '../../contract/src/money.ts';"],
  ])('the rule fires in %s on %s', (name, text) => {
    expect(packagesKeepApart({ path: `packages/${name}/src/x.ts`, text })).toHaveLength(1);
  });

  test.each([
    ['payments/x.ts', "import Stripe from 'stripe';"],
    ['accounts/x.ts', "import { createTransport } from 'nodemailer';"],
    ['jobs/x.ts', "import pg from 'pg';"],
    ['jobs/x.ts', "import { SMTPServer } from 'smtp-server';"],
    ['jobs/x.ts', "import { startStripeSandbox } from '@holdfast/stripe-sandbox';"],
  ])('the rule fires in %s on %s', (path, text) => {
    expect(packagesStayAtHome(inServer(path, text))).toHaveLength(1);
  });
});

const lines = (count: number) => 'x;\n'.repeat(count);
const rules: [
  name: string,
  rule: Rule,
  bad: { path: string; text: string },
  good: { path: string; text: string },
][] = [
  ['files are short', filesAreShort, inServer('x.ts', lines(251)), inServer('x.ts', lines(250))],
  [
    'tests are not endless',
    filesAreShort,
    inServer('x.test.ts', lines(401)),
    inServer('x.test.ts', lines(400)),
  ],
  [
    'functions are short',
    functionsAreShort,
    inServer('x.ts', `const f = () => {\n${lines(59)}};`),
    inServer('x.ts', `const f = () => {\n${lines(58)}};`),
  ],
  [
    'functions are short',
    functionsAreShort,
    inServer('x.ts', `class A { f(): void {\n${lines(59)}} }`),
    inServer('x.ts', `class A { f(): void {\n${lines(58)}} }`),
  ],
  [
    'the environment is read once',
    environmentIsReadOnce,
    inServer('x.ts', 'process.env.PORT'),
    inServer('config.ts', 'process.env.PORT'),
  ],
  [
    'time comes from the clock',
    timeComesFromTheClock,
    inServer('x.ts', 'new Date()'),
    inServer('x.ts', 'new Date(0)'),
  ],
  [
    'time comes from the clock',
    timeComesFromTheClock,
    inServer('x.ts', 'Date.now()'),
    inServer('clock.ts', 'Date.now()'),
  ],
  [
    'nothing is left for later',
    nothingIsLeftForLater,
    inServer('x.ts', `// ${'TO'}DO: later`),
    inServer('x.ts', '// todos'),
  ],
  [
    'nothing is left for later',
    nothingIsLeftForLater,
    inServer('x.ts', `// ${'FIX'}ME`),
    inServer('x.ts', '// fixed'),
  ],
  [
    'every test runs',
    everyTestRuns,
    inServer('x.test.ts', `test.${'only'}('x')`),
    inServer('x.test.ts', "test('only')"),
  ],
  [
    'every test runs',
    everyTestRuns,
    inServer('x.test.ts', `describe.each([]).${'x'}; it.concurrent.${'skip'}('x')`),
    inServer('x.test.ts', 'list.skip(1)'),
  ],
];

describe('the source', () => {
  test.each(
    [...new Map(rules.map(([name, rule]) => [rule, name]))].map(([rule, name]) => [name, rule] as const),
  )('%s', (_name, rule) => {
    expect(broken(rule)).toEqual([]);
  });

  test.each(rules)('%s: the rule fires, and not on what is right', (_name, rule, bad, good) => {
    expect(rule(bad)).toHaveLength(1);
    expect(rule(good)).toEqual([]);
  });
});

describe('names', () => {
  const paths = allPaths();

  test('of files and folders say what is inside', () => {
    expect(paths.flatMap(namesSayWhatIsInside)).toEqual([]);
    for (const path of [
      'a/utils.ts',
      'a/utils',
      'a/helpers',
      'a/session-manager.ts',
      'a/misc.ts',
      'a/common',
      'a/Helper.ts',
    ])
      expect(namesSayWhatIsInside(path), path).toHaveLength(1);
    for (const path of ['a/commission.ts', 'a/library-card.ts', 'a/communal', 'a/utilise.ts'])
      expect(namesSayWhatIsInside(path), path).toEqual([]);
  });

  test('of migrations are numbers and words', () => {
    expect(paths.filter((path) => path.endsWith('.sql')).length).toBeGreaterThan(5);
    expect(paths.flatMap(migrationsAreNumbered)).toEqual([]);
    for (const name of ['1-x.sql', '001_x.sql', '001-X.sql', 'x.sql', '001-x.txt'])
      expect(migrationsAreNumbered(`apps/server/migrations/${name}`), name).toHaveLength(1);
    const numbers = paths.flatMap((path) => /migrations\/(\d{3})-/.exec(path)?.[1] ?? []);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
