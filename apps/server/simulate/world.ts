import { type StripeSandbox, startStripeSandbox } from '@holdfast/stripe-sandbox';
import type pg from 'pg';
import { readConfig } from '../src/config.ts';
import type { RunningConfig } from '../src/context.ts';
import { subscribedEvents } from '../src/webhooks/webhooks.ts';
import { type TakenOver, takeOver } from './chance.ts';
import type { SimulationDatabase } from './database.ts';
import { laterFolder } from './later-folder.ts';
import { beginLife, createShell, type Life } from './life.ts';
import { type Mailroom, openMailroom } from './mailroom.ts';

/** Everything there is, in one process: a server that can die, its database, Stripe, and Stripe's post. */
export type World = {
  readonly life: Life;
  sandbox: StripeSandbox;
  mailroom: Mailroom;
  /** For looking at the database from the outside. */
  outside: pg.Pool;
  config: RunningConfig;
  /** Another server on the same database, once the old one is dead or was stopped in good order. */
  restart(): Promise<void>;
  /** Forgets everything that was, and begins all ids and times anew. */
  beginAnew(seed: string): Promise<void>;
  /** Moves the one clock; what is due at Stripe happens, webhooks stay in the mailroom. */
  advance(durationMs: number): Promise<void>;
  close(): Promise<void>;
};

/** How long money may be held. */
export const holdLimitDays = 5;

export async function createWorld(database: SimulationDatabase): Promise<World> {
  const sandbox = await startStripeSandbox();
  let life: Life;
  const mailroom = await openMailroom(sandbox, () => life);
  const uploads = laterFolder();
  const config: RunningConfig = {
    ...readConfig({ LOG_LEVEL: 'silent', PORT: '0', SOCKET_PORT: '0', UPLOAD_DIR: uploads.path }),
    databaseUrl: database.url,
    // Short, so that they are over within a sequence or soon after.
    holdLimitDays,
    disputeAnswerHours: 24,
    disputeDecisionDays: 3,
    smtpUrl: 'smtp://127.0.0.1:9',
    stripe: {
      secretKey: sandbox.secretKey,
      publishableKey: sandbox.publishableKey,
      webhookSecrets: [],
      apiBase: sandbox.url,
    },
  };
  const clock = { now: () => sandbox.clock.now() };
  const shell = await createShell(config, clock);
  const begin = () => beginLife(config, clock, database.pool, shell);
  const chance: TakenOver = takeOver();
  life = begin();
  return {
    get life() {
      return life;
    },
    sandbox,
    mailroom,
    outside: database.outside,
    config,
    restart: async () => {
      if (life.pool.held > 0) throw new Error('the dead server still holds a connection');
      life = begin();
    },
    beginAnew: async (seed) => {
      chance.seed(seed);
      await database.empty();
      // What a life remembers of the database, the key of its links say, is gone with it.
      life = begin();
      await uploads.remove();
      mailroom.taken.clear();
      await sandbox.control.reset();
      await sandbox.control.holdWebhooks();
      config.stripe.webhookSecrets = await webhookSecretsFor(sandbox, mailroom.url);
    },
    advance: (durationMs) => sandbox.clock.advance(durationMs),
    close: async () => {
      chance.giveBack();
      await shell.app.close();
      await mailroom.close();
      await Promise.all([sandbox.close(), uploads.remove()]);
    },
  };
}

/** New endpoints for both kinds of events at this address. */
async function webhookSecretsFor(sandbox: StripeSandbox, url: string): Promise<string[]> {
  const secrets: string[] = [];
  for (const connect of [false, true])
    secrets.push(
      (await sandbox.ensureWebhookEndpoint({ url, connect, enabledEvents: subscribedEvents })).secret,
    );
  return secrets;
}
