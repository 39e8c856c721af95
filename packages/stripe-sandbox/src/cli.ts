import { parseArgs } from 'node:util';
import { startStripeSandbox } from './index.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '12111' },
    'database-url': { type: 'string' },
    schema: { type: 'string', default: 'stripe_sandbox' },
    'public-url': { type: 'string' },
  },
});

const connectionString = values['database-url'];
const publicUrl = values['public-url'];
const sandbox = await startStripeSandbox({
  host: values.host,
  port: Number(values.port),
  log: (line) => console.error(line),
  ...(publicUrl === undefined ? {} : { publicUrl }),
  ...(connectionString === undefined
    ? {}
    : { store: { kind: 'postgres', connectionString, schema: values.schema } }),
});

console.log(`Stripe sandbox  ${sandbox.url}`);
console.log(`secret key      ${sandbox.secretKey}`);
console.log(`publishable key ${sandbox.publishableKey}`);
console.log(connectionString === undefined ? 'state           memory only' : 'state           PostgreSQL');

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0));
  });
}
