import { systemClock } from '../src/clock.ts';
import { readConfig } from '../src/config.ts';
import { createContext } from '../src/context.ts';
import { createLog } from '../src/log.ts';
import { handlers } from '../src/outbox/tasks.ts';
import { startWorker } from '../src/outbox/worker.ts';

/*
 * An outbox worker whose every payout hangs for ever, for the test that kills it with -9. Its one argument is the
 * database's address; it says so when it holds a task.
 */

const config = {
  ...readConfig({}),
  databaseUrl: process.argv[2]!,
  smtpUrl: 'smtp://127.0.0.1:9',
  stripe: {
    secretKey: 'sk_test_x',
    publishableKey: 'pk_test_x',
    webhookSecrets: [],
    apiBase: 'http://127.0.0.1:9',
  },
};

// Whoever started it is gone, killed perhaps: then this ends as well.
process.stdin.on('end', () => process.exit(1)).resume();

await startWorker(
  createContext(config, systemClock, createLog('silent')),
  {
    ...handlers,
    'payouts.send': () => {
      console.log('holding');
      return new Promise(() => undefined);
    },
  },
  [],
);
