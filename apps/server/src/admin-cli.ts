import { parseArgs } from 'node:util';
import { Email, FullName } from '@holdfast/contract';
import { createAdmin } from './accounts/create-admin.ts';
import { resetSecondFactor } from './accounts/second-factor/reset.ts';
import { recordAdminAction } from './admin/admin.ts';
import { type Clock, systemClock } from './clock.ts';
import { ConfigError, readProcessConfig } from './config.ts';
import { connectPool, type Db, kyselyOn } from './db/connect.ts';
import { migrate } from './db/migrate.ts';
import { inTransaction } from './db/transaction.ts';
import { AppError } from './errors.ts';
import { findDatabase, NotRunning } from './local/stack.ts';
import { createLog } from './log.ts';

/*
 * npm run admin -- create EMAIL [--name NAME]
 * npm run admin -- reset-second-factor EMAIL
 * The only way to an admin account, and the way back for one whose phone and recovery codes are lost: whoever can run
 * commands where the server runs may have it.
 */

const usage =
  'Usage: npm run admin -- create EMAIL [--name NAME]\n       npm run admin -- reset-second-factor EMAIL';

/** A mistake of the person at the keyboard: shown as it is, without a stack. */
class UsageError extends Error {}

type Server = { db: Db; clock: Clock };
type Arguments = {
  run: (server: Server, email: string, name: string) => Promise<void>;
  email: string;
  name: string;
};

const commands: Record<string, Arguments['run']> = { create, 'reset-second-factor': reset };

function readArguments(): Arguments {
  const { values, positionals } = parseCommandLine();
  const [command = '', address, ...rest] = positionals;
  if (!Object.hasOwn(commands, command) || address === undefined || rest.length > 0)
    throw new UsageError(usage);
  const email = Email.safeParse(address);
  if (!email.success) throw new UsageError(`${address} is not an e-mail address.`);
  const name = FullName.safeParse(values.name);
  if (!name.success) throw new UsageError('The name must be 1 to 100 characters.');
  return { run: commands[command]!, email: email.data, name: name.data };
}

function parseCommandLine() {
  try {
    return parseArgs({ allowPositionals: true, options: { name: { type: 'string', default: 'Admin' } } });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

async function create(server: Server, email: string, name: string): Promise<void> {
  const { password } = await createAdmin(server, { email, name }, (tx, userId) =>
    recordAdminAction(tx, server.clock.now(), { adminId: null, action: 'admin.create', subject: userId }),
  );
  console.log(`${email} is an admin now. The password is shown this once:\n\n  ${password}\n`);
  console.log('Sign in with POST /api/auth/login, then change it with POST /api/auth/change-password.');
  console.log('Before anything else an admin needs a second factor: POST /api/auth/second-factor/enrol.');
}

async function reset(server: Server, email: string): Promise<void> {
  await inTransaction(server.db, async (tx) => {
    const now = server.clock.now();
    const subject = await resetSecondFactor(server, tx, email);
    await recordAdminAction(tx, now, { adminId: null, action: 'second-factor.reset', subject });
  });
  console.log(`${email} signs in with the password alone until a new second factor is enrolled.`);
}

async function main(): Promise<void> {
  const { run, email, name } = readArguments();
  const databaseUrl = await findDatabase(readProcessConfig());
  await migrate(databaseUrl);
  const pool = connectPool(databaseUrl, createLog('error'), 1);
  try {
    await run({ db: kyselyOn(pool), clock: systemClock }, email, name);
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
