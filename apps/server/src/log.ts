import { type DestinationStream, type Logger, pino } from 'pino';

/** Paths that can hold a secret or a person's data; they never reach the log. */
const secrets = [
  'password',
  'newPassword',
  'currentPassword',
  'code',
  'accessToken',
  'refreshToken',
  'token',
  'email',
  'clientSecret',
  'authorization',
  'cookie',
];

export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: {
      paths: [
        ...secrets,
        ...secrets.map((name) => `*.${name}`),
        'req.headers.authorization',
        'req.headers.cookie',
      ],
      censor: '[redacted]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
