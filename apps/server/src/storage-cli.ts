import { parseArgs } from 'node:util';
import { systemClock } from './clock.ts';
import { ConfigError, readProcessConfig } from './config.ts';
import { type Ctx, closeContext, createContext } from './context.ts';
import { checkFiles, moveFiles } from './files/files.ts';
import { joinRunningStack, NotRunning } from './local/stack.ts';
import { createLog } from './log.ts';

/*
 * npm run storage -- move disk s3     copies all files with checksums, then lets the originals go; can be broken off
 * npm run storage -- check [--remove-orphans]     compares rows and bytes
 * Exit code 1 if anything could not be moved, or differs.
 */

const usage =
  'Usage: npm run storage -- move disk s3\n       npm run storage -- move s3 disk\n       npm run storage -- check [--remove-orphans]';

class UsageError extends Error {}

const places = ['disk', 's3'] as const;
type Place = (typeof places)[number];
const isPlace = (text: string | undefined): text is Place => places.includes(text as Place);

type Command = (ctx: Ctx) => Promise<boolean>;

function readCommand(): Command {
  const { positionals, values } = parseCommandLine();
  const [verb, from, to, ...rest] = positionals;
  if (verb === 'check' && from === undefined) return (ctx) => check(ctx, values['remove-orphans']);
  if (verb === 'move' && isPlace(from) && isPlace(to) && from !== to && rest.length === 0)
    return (ctx) => move(ctx, from, to);
  throw new UsageError(usage);
}

function parseCommandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { 'remove-orphans': { type: 'boolean', default: false } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

async function move(ctx: Ctx, from: Place, to: Place): Promise<boolean> {
  const { moved, problems } = await moveFiles(ctx, from, to, (line) => console.log(line));
  for (const problem of problems) console.log(problem);
  console.log(`${moved} files moved from ${from} to ${to}.`);
  return problems.length === 0;
}

async function check(ctx: Ctx, removesOrphans: boolean): Promise<boolean> {
  let count = 0;
  for (const name of ctx.config.s3 === undefined ? (['disk'] as const) : places)
    for await (const { key, problem } of checkFiles(ctx, ctx.storage.byName(name), { removesOrphans })) {
      count += 1;
      console.log(`${name} ${key}: ${problem}${removesOrphans && problem === 'no row' ? ', removed' : ''}`);
    }
  console.log(count === 0 ? 'Rows and bytes agree.' : `${count} differences.`);
  return count === 0;
}

async function main(): Promise<void> {
  const run = readCommand();
  const config = await joinRunningStack(readProcessConfig());
  const ctx = createContext(config, systemClock, createLog('error'));
  try {
    if (!(await run(ctx))) process.exitCode = 1;
  } finally {
    await closeContext(ctx);
  }
}

try {
  await main();
} catch (error) {
  const isExpected =
    error instanceof UsageError || error instanceof ConfigError || error instanceof NotRunning;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}
