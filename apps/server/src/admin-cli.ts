import { parseArgs } from 'node:util';
import { Email, FullName } from '@holdfast/contract';
import { createAdmin } from './accounts/create-admin.ts';
import { systemClock } from './clock.ts';
import { ConfigError, readProcessConfig } from './config.ts';
import { connectPool, kyselyOn } from './db/connect.ts';
import { migrate } from './db/migrate.ts';
import { AppError } from './errors.ts';
import { findDatabase, NotRunning } from './local/stack.ts';
import { createLog } from './log.ts';

/*
 * npm run admin -- create EMAIL [--name NAME]
 * The only way to an admin account: whoever can run commands where the server runs may have one.
 */

const usage = 'Usage: npm run admin -- create EMAIL [--name NAME]';

/** A mistake of the person at the keyboard: shown as it is, without a stack. */
class UsageError extends Error {}

function readArguments(): { email: string; name: string } {
  const { values, positionals } = parseCommandLine();
  const [command, address, ...rest] = positionals;
  if (command !== 'create' || address === undefined || rest.length > 0) throw new UsageError(usage);
  const email = Email.safeParse(address);
  if (!email.success) throw new UsageError(`${address} is not an e-mail address.`);
  const name = FullName.safeParse(values.name);
  if (!name.success) throw new UsageError('The name must be 1 to 100 characters.');
  return { email: email.data, name: name.data };
}

function parseCommandLine() {
  try {
    return parseArgs({ allowPositionals: true, options: { name: { type: 'string', default: 'Admin' } } });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

async function main(): Promise<void> {
  const input = readArguments();
  const databaseUrl = await findDatabase(readProcessConfig());
  await migrate(databaseUrl);
  const pool = connectPool(databaseUrl, createLog('error'), 1);
  try {
    const { password } = await createAdmin({ db: kyselyOn(pool), clock: systemClock }, input);
    console.log(`${input.email} is an admin now. The password is shown this once:\n\n  ${password}\n`);
    console.log('Sign in with POST /api/auth/login, then change it with POST /api/auth/change-password.');
  } finally {
    await pool.end();
  }
}

try {
  await main();
} catch (error) {
  const isExpected = [UsageError, AppError, ConfigError, NotRunning].some((kind) => error instanceof kind);
  console.error(isExpected ? (error as Error).message : error);
  process.exitCode = 1;
}
