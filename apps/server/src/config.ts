import { z } from 'zod';

/**
 * The only reader of the environment. Every variable of .env.example is named here; what is wrong is said
 * all at once. Left out, DATABASE_URL, STRIPE_* and SMTP_URL mean: use the local stand-in.
 */
export type Config = {
  port: number;
  socketPort: number;
  host: string;
  publicUrl: string;
  dataDir: string;
  logLevel: string;
  trustProxy: boolean;
  allowedOrigins: string[];
  databaseUrl: string | undefined;
  stripe: StripeConfig | undefined;
  stripeSandboxPort: number;
  commissionBasisPoints: number;
  smtpUrl: string | undefined;
  mailFrom: string;
  answerLimitHours: number;
  paymentLimitHours: number;
  reviewPeriodHours: number;
  runWorker: boolean;
};

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

type Environment = Record<string, string | undefined>;

const whole = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');
const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,2})?$/, 'must be a percentage such as 10 or 12.5')
  .transform((text) => Math.round(Number(text) * 100))
  .pipe(z.number().max(9_000, 'must be at most 90'));
const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

const Variables = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: whole(0, 65_535).default(3000),
  SOCKET_PORT: whole(0, 65_535).default(3001),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: webUrl.optional(),
  DATA_DIR: z.string().default('./data'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  TRUST_PROXY: flag.default(false),
  ALLOWED_ORIGINS: z.string().default(''),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional(),
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_PUBLISHABLE_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_LIVE_MODE: flag.default(false),
  STRIPE_API_BASE: webUrl.optional(),
  STRIPE_SANDBOX_PORT: whole(0, 65_535).default(3002),
  STRIPE_COMMISSION_PERCENT: percent.default(1000),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z.string().min(3).default('Holdfast <no-reply@holdfast.example>'),
  BOOKING_ANSWER_HOURS: whole(1, 24 * 60).default(48),
  BOOKING_PAYMENT_HOURS: whole(1, 24 * 60).default(48),
  REVIEW_PERIOD_HOURS: whole(1, 24 * 60).default(72),
  RUN_WORKER: flag.default(true),
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
  problems.push(...stripeProblems(given), ...productionProblems(given));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/** The configuration of this process, for its entry files. Throws ConfigError. */
export const readProcessConfig = (): Config => readConfig(process.env);

function toConfig(variables: z.output<typeof Variables>): Config {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_PUBLISHABLE_KEY: publishableKey } = variables;
  return {
    port: variables.PORT,
    socketPort: variables.SOCKET_PORT,
    host: variables.HOST,
    publicUrl: variables.PUBLIC_URL ?? `http://localhost:${variables.PORT}`,
    dataDir: variables.DATA_DIR,
    logLevel: variables.LOG_LEVEL,
    trustProxy: variables.TRUST_PROXY,
    allowedOrigins: list(variables.ALLOWED_ORIGINS),
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
    smtpUrl: variables.SMTP_URL,
    mailFrom: variables.MAIL_FROM,
    answerLimitHours: variables.BOOKING_ANSWER_HOURS,
    paymentLimitHours: variables.BOOKING_PAYMENT_HOURS,
    reviewPeriodHours: variables.REVIEW_PERIOD_HOURS,
    runWorker: variables.RUN_WORKER,
  };
}

const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const stripeNames = ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;

/** All three keys or none, of one mode, none of them a placeholder. */
function stripeProblems(given: Environment): string[] {
  if (stripeNames.every((name) => given[name] === undefined)) {
    return given.STRIPE_LIVE_MODE === 'true'
      ? ['STRIPE_LIVE_MODE is true but no STRIPE_SECRET_KEY is set']
      : [];
  }
  const problems: string[] = stripeNames
    .filter((name) => given[name] === undefined)
    .map(
      (name) =>
        `${name} is missing: the three STRIPE_ keys are set together, or not at all for the local sandbox`,
    );
  const {
    STRIPE_SECRET_KEY: secret,
    STRIPE_PUBLISHABLE_KEY: publishable,
    STRIPE_WEBHOOK_SECRET: webhook,
  } = given;
  const isLive = given.STRIPE_LIVE_MODE === 'true';
  if (secret !== undefined) problems.push(...keyProblems('STRIPE_SECRET_KEY', secret, ['sk', 'rk'], isLive));
  if (publishable !== undefined)
    problems.push(...keyProblems('STRIPE_PUBLISHABLE_KEY', publishable, ['pk'], isLive));
  for (const one of list(webhook ?? '')) {
    if (!/^whsec_[0-9A-Za-z+/=_-]{16,}$/.test(one))
      problems.push(
        'STRIPE_WEBHOOK_SECRET must be whsec_ and the secret of the endpoint (a comma list for several), not a placeholder or a shortened one',
      );
  }
  return problems;
}

function keyProblems(name: string, key: string, kinds: string[], isLive: boolean): string[] {
  const match = /^(sk|rk|pk)_(test|live)_([0-9A-Za-z_]*)(.*)$/.exec(key);
  if (match === null || !kinds.includes(match[1] ?? '') || match[4] !== '')
    return [
      `${name} must be a ${kinds.map((kind) => `${kind}_test_… or ${kind}_live_…`).join(' or ')} key, not a placeholder`,
    ];
  const problems: string[] = [];
  if ((match[3] ?? '').length < 16) problems.push(`${name} is too short to be a real key`);
  if (match[2] === 'test' && isLive) problems.push(`${name} is a test key but STRIPE_LIVE_MODE is true`);
  if (match[2] === 'live' && !isLive)
    problems.push(`${name} is a live key: set STRIPE_LIVE_MODE=true to say that real money may move`);
  return problems;
}

/** In production nothing is replaced by a stand-in silently. */
function productionProblems(given: Environment): string[] {
  if (given.NODE_ENV !== 'production') return [];
  return ['DATABASE_URL', 'STRIPE_SECRET_KEY', 'SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL']
    .filter((name) => given[name] === undefined)
    .map((name) => `${name} must be set when NODE_ENV is production: local stand-ins are for development`);
}
