import { systemClock } from '../src/clock.ts';
import { readConfig } from '../src/config.ts';
import { createContext } from '../src/context.ts';
import { createLog } from '../src/log.ts';
import { deliverNotifications, type Senders } from '../src/notifications/notifications.ts';
import { handlers } from '../src/outbox/tasks.ts';
import { startWorker } from '../src/outbox/worker.ts';

/*
 * An outbox worker that pushes whatever it is given and hangs before it can write that down, for the test that kills it
 * with -9. Its one argument is the database's address; it says which deliveries it has pushed.
 */

const config = {
  ...readConfig({ FCM_SERVER_KEY: 'off' }),
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

/** Left to whoever comes after it. */
const later: Senders['email'] = async (_ctx, parcels) =>
  parcels.map(() => ({ kind: 'retry', reason: 'unavailable', afterMs: 0 }));

await startWorker(
  createContext(config, systemClock, createLog('silent')),
  {
    ...handlers,
    'notifications.deliver': deliverNotifications({
      push: (_ctx, parcels) => {
        console.log(JSON.stringify(parcels.map(({ deliveryId }) => deliveryId)));
        return new Promise(() => undefined);
      },
      email: later,
      pusher: later,
    }),
  },
  [],
);
