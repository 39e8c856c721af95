import { parseArgs } from 'node:util';
import { type StripeSandbox, startStripeSandbox } from './index.ts';

const usage = `Usage: stripe-sandbox [options]
  --host 127.0.0.1        where to listen
  --port 12111            0 takes any free port
  --public-url URL        what links to hosted pages begin with, if not http://host:port
  --database-url URL      keep the state in PostgreSQL instead of memory
  --schema stripe_sandbox the schema to keep it in; one sandbox at a time`;

function readOptions() {
  return parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '12111' },
      'database-url': { type: 'string' },
      schema: { type: 'string', default: 'stripe_sandbox' },
      'public-url': { type: 'string' },
    },
  }).values;
}

async function start(options: ReturnType<typeof readOptions>): Promise<StripeSandbox> {
  const connectionString = options['database-url'];
  const publicUrl = options['public-url'];
  return await startStripeSandbox({
    host: options.host,
    port: Number(options.port),
    log: (line) => console.error(line),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(connectionString === undefined
      ? {}
      : { store: { kind: 'postgres', connectionString, schema: options.schema } }),
  });
}

function announce(sandbox: StripeSandbox, isStored: boolean): void {
  console.log(`Stripe sandbox  ${sandbox.url}`);
  console.log(`secret key      ${sandbox.secretKey}`);
  console.log(`publishable key ${sandbox.publishableKey}`);
  console.log(isStored ? 'state           PostgreSQL' : 'state           memory only');
}

try {
  const options = readOptions();
  if (options.help) console.log(usage);
  else {
    const sandbox = await start(options);
    announce(sandbox, options['database-url'] !== undefined);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        void sandbox.close().then(() => process.exit(0));
      });
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
