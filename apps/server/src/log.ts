import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';

/** Names under which a secret or a person's data travels, at any depth; their values never reach the log. */
const secretNames = new Set(
  [
    'password',
    'newPassword',
    'currentPassword',
    'accessToken',
    'refreshToken',
    'token',
    'email',
    'newEmail',
    'name',
    'address',
    'clientSecret',
    'client_secret',
    'authorization',
    'cookie',
    'secretKey',
    'privateKey',
    'secretAccessKey',
    'databaseUrl',
    'smtpUrl',
  ].map((name) => name.toLowerCase()),
);
const censored = '[redacted]';
const maximumDepth = 6;

/** The same inside of texts, such as the message of a mail server or of Stripe. */
const secretTexts: [pattern: RegExp, replacement: string][] = [
  [/[^\s"'<>()[\]{},:;\\/=]{1,64}@[0-9a-z-]+(?:\.[0-9a-z-]+)+/gi, '[e-mail]'],
  [/\b(?:sk|rk)_(?:test|live)_\w+|\bwhsec_[\w+/=-]+|\b(?:pi|seti)_\w+_secret_\w+/g, censored],
  [/\bBearer +[\w-]{20,}/gi, `Bearer ${censored}`],
  [/(\b(?:postgres(?:ql)?|smtps?):\/\/)[^\s"@/]*@/gi, `$1${censored}@`],
];

/** JSON lines. Errors are logged with what helps to find a fault, never with the data they were about. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: (fields) => censor(fields, 0) as typeof fields },
    serializers: {
      req: (request: { method: string; url: string }) => ({
        method: request.method,
        // Queries hold search words and places.
        path: request.url.split('?', 1)[0],
      }),
      res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
      // Described already, see describeError; pino's own would add every property again.
      err: (error: unknown) => error,
    },
    hooks: {
      streamWrite: (line) =>
        secretTexts.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line),
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Plain objects and lists only: requests and replies are left to their serializers. */
function censor(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describeError(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maximumDepth) return '[too deep]';
  if (Array.isArray(value)) return value.map((one) => censor(one, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecret(name, inner) ? censored : censor(inner, depth + 1),
    ]),
  );
}

const isSecret = (name: string, value: unknown): boolean =>
  secretNames.has(name.toLowerCase()) ||
  (name === 'code' && typeof value === 'string' && /^\d{6}$/.test(value));

/** A chosen few fields: PostgreSQL's `detail`, a mail server's `rejected` or Stripe's `raw` name people. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code, constraint, table } = error as { code?: unknown; constraint?: unknown; table?: unknown };
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(typeof table === 'string' ? { table } : {}),
    ...(error.cause === undefined || depth > maximumDepth ? {} : { cause: censor(error.cause, depth + 1) }),
  };
}
