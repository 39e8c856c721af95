import { existsSync } from 'node:fs';
import { z } from 'zod';
import { type MailConfig, mailVariables, toMailConfig } from './config-mail.ts';
import type { Minimums } from './config-minimums.ts';
import { type Environment, list, problemsBetween } from './config-problems.ts';
import { type PushConfig, pushVariables, toPushConfig } from './config-push.ts';
import { type StorageConfig, storageVariables, toStorageConfig } from './config-storage.ts';
import { flag, minimums, oneOf, origins, percent, proxies, webUrl, whole } from './config-values.ts';

/**
 * The only reader of the environment. Every variable of .env.example is named here; what is wrong is said
 * all at once. Left out, DATABASE_URL, STRIPE_*, SMTP_URL and FCM_* mean: use the local stand-in.
 */
export type Config = {
  port: number;
  socketPort: number;
  host: string;
  publicUrl: string;
  /** What the platform calls itself on receipts, statements and in mails. */
  platformName: string;
  dataDir: string;
  logLevel: string;
  /** How many proxies in front of us add to X-Forwarded-For; with 0 the header is not believed. */
  proxies: number;
  allowedOrigins: string[];
  databaseUrl: string | undefined;
  stripe: StripeConfig | undefined;
  stripeSandboxPort: number;
  commissionBasisPoints: number;
  minimumWithdrawalMinor: Minimums;
  answerLimitHours: number;
  paymentLimitHours: number;
  reviewPeriodHours: number;
  cancellationFreeHours: number;
  cancellationFeeBasisPoints: number;
  /** How long the platform may hold money, by its country, and what happens then. */
  holdLimitDays: number;
  holdLimitDecision: 'refund' | 'release';
  /** Refunds by admins above this many whole units of the currency (euros, yen) need a second admin. */
  refundApprovalAbove: number;
  /** How long the other side of a dispute may be silent, when it is decided at the latest, and how if nobody did. */
  disputeAnswerHours: number;
  disputeDecisionDays: number;
  disputeDefaultDecision: 'refund' | 'release';
  runWorker: boolean;
  /** What becomes of messages that lead past the platform before anything is booked. */
  contactDetails: 'allow' | 'flag' | 'hold';
  /** Joins several processes on one database; undefined: there is one. */
  redisUrl: string | undefined;
  /** Whoever sends it may read /metrics; without it nobody may. */
  metricsToken: string | undefined;
} & StorageConfig &
  PushConfig &
  MailConfig;

export type StripeConfig = {
  secretKey: string;
  publishableKey: string;
  webhookSecrets: string[];
  apiBase: string | undefined;
};

export class ConfigError extends Error {
  readonly problems: string[];
  constructor(problems: string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

const Variables = z.object({
  NODE_ENV: oneOf(['development', 'test', 'production']).default('development'),
  PORT: whole(0, 65_535).default(3000),
  SOCKET_PORT: whole(0, 65_535).default(3001),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: webUrl.optional(),
  PLATFORM_NAME: z
    .string()
    .regex(/^[^\p{C}\s]([^\p{C}]{0,98}[^\p{C}\s])?$/u, 'must be one line of at most 100 characters')
    .optional(),
  DATA_DIR: z.string().default('./data'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRUST_PROXY: proxies.default(0),
  ALLOWED_ORIGINS: origins.default([]),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_PUBLISHABLE_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_LIVE_MODE: flag.default(false),
  STRIPE_API_BASE: webUrl.optional(),
  STRIPE_SANDBOX_PORT: whole(0, 65_535).default(3002),
  STRIPE_COMMISSION_PERCENT: percent.default(1000),
  MINIMUM_WITHDRAWAL: minimums.default({}),
  BOOKING_ANSWER_HOURS: whole(1, 24 * 60).default(48),
  BOOKING_PAYMENT_HOURS: whole(1, 24 * 60).default(48),
  REVIEW_PERIOD_HOURS: whole(1, 24 * 60).default(72),
  CANCELLATION_FREE_HOURS: whole(0, 24 * 60).default(24),
  CANCELLATION_FEE_PERCENT: percent.default(2000),
  PLATFORM_COUNTRY: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 country code such as AT')
    .optional(),
  HOLD_LIMIT_DECISION: oneOf(['refund', 'release']).default('refund'),
  REFUND_APPROVAL_ABOVE: whole(0, 99_999_999).default(500),
  DISPUTE_ANSWER_HOURS: whole(1, 24 * 30).default(72),
  DISPUTE_DECISION_DAYS: whole(1, 60).default(14),
  DISPUTE_DEFAULT_DECISION: oneOf(['refund', 'release']).default('refund'),
  RUN_WORKER: flag.default(true),
  CONTACT_DETAILS: oneOf(['allow', 'flag', 'hold']).default('flag'),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' }).optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^[0-9A-Za-z_-]{20,200}$/, 'must be 20 to 200 letters, digits, - or _')
    .optional(),
  ...mailVariables,
  ...storageVariables,
  ...pushVariables,
});

/** Reads and checks the environment. Throws ConfigError with every problem in plain words. */
export function readConfig(environment: Environment): Config {
  // An empty value in an .env file means: not set.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== '' && value !== undefined),
  );
  const parsed = Variables.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  problems.push(...problemsBetween(given));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/**
 * The configuration of this process, for its entry files: its environment, completed by a .env file in the current
 * folder. Throws ConfigError.
 */
export function readProcessConfig(): Config {
  // Variables that are set already win over the file.
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readConfig(process.env);
}

/** The names of all variables, for the test that .env.example has each of them. */
export const variableNames = (): string[] => Object.keys(Variables.shape);

function toConfig(variables: z.output<typeof Variables>): Config {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_PUBLISHABLE_KEY: publishableKey } = variables;
  const publicUrl = variables.PUBLIC_URL ?? `http://localhost:${variables.PORT}`;
  return {
    port: variables.PORT,
    socketPort: variables.SOCKET_PORT,
    host: variables.HOST,
    publicUrl,
    platformName: variables.PLATFORM_NAME ?? new URL(publicUrl).host,
    dataDir: variables.DATA_DIR,
    logLevel: variables.LOG_LEVEL,
    proxies: variables.TRUST_PROXY,
    allowedOrigins: variables.ALLOWED_ORIGINS,
    databaseUrl: variables.DATABASE_URL,
    stripe:
      secretKey === undefined || publishableKey === undefined
        ? undefined
        : {
            secretKey,
            publishableKey,
            webhookSecrets: list(variables.STRIPE_WEBHOOK_SECRET ?? ''),
            apiBase: variables.STRIPE_API_BASE,
          },
    stripeSandboxPort: variables.STRIPE_SANDBOX_PORT,
    commissionBasisPoints: variables.STRIPE_COMMISSION_PERCENT,
    minimumWithdrawalMinor: variables.MINIMUM_WITHDRAWAL,
    answerLimitHours: variables.BOOKING_ANSWER_HOURS,
    paymentLimitHours: variables.BOOKING_PAYMENT_HOURS,
    reviewPeriodHours: variables.REVIEW_PERIOD_HOURS,
    cancellationFreeHours: variables.CANCELLATION_FREE_HOURS,
    cancellationFeeBasisPoints: variables.CANCELLATION_FEE_PERCENT,
    // How long Stripe lets a platform of this country hold money for others.
    holdLimitDays: { US: 730, TH: 10 }[variables.PLATFORM_COUNTRY ?? ''] ?? 90,
    holdLimitDecision: variables.HOLD_LIMIT_DECISION,
    refundApprovalAbove: variables.REFUND_APPROVAL_ABOVE,
    disputeAnswerHours: variables.DISPUTE_ANSWER_HOURS,
    disputeDecisionDays: variables.DISPUTE_DECISION_DAYS,
    disputeDefaultDecision: variables.DISPUTE_DEFAULT_DECISION,
    runWorker: variables.RUN_WORKER,
    contactDetails: variables.CONTACT_DETAILS,
    redisUrl: variables.REDIS_URL,
    metricsToken: variables.METRICS_TOKEN,
    ...toMailConfig(variables, publicUrl),
    ...toStorageConfig(variables),
    ...toPushConfig(variables),
  };
}
