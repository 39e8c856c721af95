import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StripeSandbox, startStripeSandbox } from '@holdfast/stripe-sandbox';
import { type Clock, systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { RunningConfig } from '../context.ts';
import { subscribedEvents } from '../webhooks/webhooks.ts';
import { type LocalFcm, startLocalFcm } from './fcm.ts';
import { freePort } from './free-port.ts';
import { type Mailbox, startMailbox } from './mailbox.ts';
import { type LocalPostgres, startLocalPostgres } from './postgres.ts';

/** The local stand-ins for what is not configured. Each is undefined when the real service is. */
export type LocalStack = {
  config: RunningConfig;
  /** The sandbox's clock, which can be moved, or the computer's. */
  clock: Clock;
  postgres: LocalPostgres | undefined;
  sandbox: StripeSandbox | undefined;
  mailbox: Mailbox | undefined;
  fcm: LocalFcm | undefined;
  stop(): Promise<void>;
};

const database = 'holdfast';

/**
 * Starts PostgreSQL, the Stripe sandbox, the mailbox and the stand-in for Firebase for whatever the configuration leaves
 * out. All of their state but the pushes is in DATA_DIR or the database, so that it survives a restart.
 */
export async function startLocalStack(config: Config, log: (line: string) => void): Promise<LocalStack> {
  await mkdir(config.dataDir, { recursive: true });
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await rm(stackFile(config.dataDir), { force: true });
    for (const one of started.splice(0).reverse()) await one.stop();
  };
  try {
    const postgres =
      config.databaseUrl === undefined
        ? await startLocalPostgres({ dataDir: join(config.dataDir, 'postgres'), database, log })
        : undefined;
    if (postgres !== undefined) started.push(postgres);
    const databaseUrl = config.databaseUrl ?? postgres!.url;
    const mailbox = config.smtpUrl === undefined ? await openMailbox(config) : undefined;
    if (mailbox !== undefined) started.push({ stop: () => mailbox.close() });
    const fcm = config.fcm === undefined ? await startLocalFcm() : undefined;
    if (fcm !== undefined) started.push({ stop: () => fcm.close() });
    const sandbox = config.stripe === undefined ? await openSandbox(config, databaseUrl, log) : undefined;
    if (sandbox !== undefined) started.push({ stop: () => sandbox.close() });
    const running: RunningConfig = {
      ...config,
      databaseUrl,
      smtpUrl: config.smtpUrl ?? mailbox!.smtpUrl,
      fcm: config.fcm ?? fcm!.config,
      stripe: config.stripe ?? (await sandboxKeys(sandbox!, config)),
    };
    // A service account of one's own is not written anywhere: who starts a command has it as the server had.
    if (started.length > 0) await rememberStack({ ...running, fcm: fcm?.config });
    return { config: running, clock: sandbox?.clock ?? systemClock, postgres, sandbox, mailbox, fcm, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openMailbox(config: Config): Promise<Mailbox> {
  return startMailbox({ file: join(config.dataDir, 'mailbox.jsonl') });
}

/** A port that stays the same from start to start where possible: links to the sandbox's pages live in the data. */
async function openSandbox(
  config: Config,
  databaseUrl: string,
  log: (line: string) => void,
): Promise<StripeSandbox> {
  return startStripeSandbox({
    port: await freePort(config.stripeSandboxPort),
    store: { kind: 'postgres', connectionString: databaseUrl, schema: 'stripe_sandbox' },
    log,
  });
}

async function sandboxKeys(sandbox: StripeSandbox, config: Config): Promise<RunningConfig['stripe']> {
  const url = `http://127.0.0.1:${config.port}/api/webhooks/stripe`;
  const platform = await sandbox.ensureWebhookEndpoint({
    url,
    connect: false,
    enabledEvents: subscribedEvents,
  });
  const connect = await sandbox.ensureWebhookEndpoint({
    url,
    connect: true,
    enabledEvents: subscribedEvents,
  });
  return {
    secretKey: sandbox.secretKey,
    publishableKey: sandbox.publishableKey,
    webhookSecrets: [platform.secret, connect.secret],
    apiBase: sandbox.url,
  };
}

const stackFile = (dataDir: string) => join(dataDir, 'running.json');

/** Where the commands beside a running server (audit, admin) find it. Holds passwords: for its owner only. */
async function rememberStack(config: RunningConfig): Promise<void> {
  const file = stackFile(config.dataDir);
  const { databaseUrl, smtpUrl, stripe, fcm } = config;
  await writeFile(file, JSON.stringify({ databaseUrl, smtpUrl, stripe, fcm }), { mode: 0o600 });
  await chmod(file, 0o600);
}

/** What a command beside the server needs is missing: a sentence for the person at the keyboard. */
export class NotRunning extends Error {
  constructor(variables: string) {
    super(`This needs the server: run npm start in another terminal, or set ${variables}.`);
  }
}

/**
 * The configuration of the server that runs on this DATA_DIR, or of the real services. Without a server and without
 * FCM_SERVER_KEY no pushes are sent: most commands send none. Throws NotRunning.
 */
export async function joinRunningStack(config: Config): Promise<RunningConfig> {
  const { databaseUrl, smtpUrl, stripe } = config;
  if (databaseUrl !== undefined && smtpUrl !== undefined && stripe !== undefined) {
    const stack = config.fcm === undefined ? await readStack(config, '').catch(() => undefined) : undefined;
    return { ...config, databaseUrl, smtpUrl, stripe, fcm: config.fcm ?? stack?.fcm };
  }
  const stack = await readStack(config, 'DATABASE_URL, STRIPE_* and SMTP_URL');
  return {
    ...config,
    databaseUrl: databaseUrl ?? stack.databaseUrl,
    smtpUrl: smtpUrl ?? stack.smtpUrl,
    stripe: stripe ?? stack.stripe,
    fcm: config.fcm ?? stack.fcm,
  };
}

/** The database alone. Throws NotRunning. */
export async function findDatabase(config: Config): Promise<string> {
  return config.databaseUrl ?? (await readStack(config, 'DATABASE_URL')).databaseUrl;
}

type StackFile = Pick<RunningConfig, 'databaseUrl' | 'smtpUrl' | 'stripe' | 'fcm'>;

async function readStack(config: Config, variables: string): Promise<StackFile> {
  const text = await readFile(stackFile(config.dataDir), 'utf8').catch(() => {
    throw new NotRunning(variables);
  });
  return JSON.parse(text) as StackFile;
}
