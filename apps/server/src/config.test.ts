import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, variableNames } from './config.ts';

type Environment = Record<string, string>;

/** What is wrong with this environment, or nothing. */
function problems(environment: Environment): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const random = '51QxYzAbCdEfGhIjKlMn';
const keys = {
  STRIPE_SECRET_KEY: `sk_test_${random}`,
  STRIPE_PUBLISHABLE_KEY: `pk_test_${random}`,
  STRIPE_WEBHOOK_SECRET: `whsec_${random}`,
};
const liveKeys = {
  STRIPE_SECRET_KEY: `sk_live_${random}`,
  STRIPE_PUBLISHABLE_KEY: `pk_live_${random}`,
  STRIPE_WEBHOOK_SECRET: `whsec_${random}`,
  STRIPE_LIVE_MODE: 'true',
};

describe('an empty environment', () => {
  test('is enough: everything has a default or a stand-in', () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      socketPort: 3001,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:3000',
      platformName: 'localhost:3000',
      dataDir: './data',
      logLevel: 'info',
      proxies: 0,
      allowedOrigins: [],
      databaseUrl: undefined,
      stripe: undefined,
      smtpUrl: undefined,
      commissionBasisPoints: 1000,
      answerLimitHours: 48,
      paymentLimitHours: 48,
      reviewPeriodHours: 72,
      runWorker: true,
    });
  });

  test('and a value left empty is the same as none', () => {
    const empty = Object.fromEntries(variableNames().map((name) => [name, '']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });
});

describe('values', () => {
  test('are read as what they mean', () => {
    const config = readConfig({
      ...keys,
      PORT: '8080',
      PUBLIC_URL: 'https://api.example.org/',
      PLATFORM_NAME: 'Möbel & Müller',
      ALLOWED_ORIGINS: 'https://app.example.org, https://admin.example.org:8443,',
      TRUST_PROXY: 'true',
      STRIPE_WEBHOOK_SECRET: `whsec_${random}, whsec_${random}2`,
      STRIPE_API_BASE: 'http://localhost:12111/',
      STRIPE_COMMISSION_PERCENT: '12.5',
      SMTP_URL: 'smtps://user:pass@mail.example.org:465',
      DATABASE_URL: 'postgresql://user:pass@db.example.org/holdfast',
      RUN_WORKER: 'false',
    });
    expect(config).toMatchObject({
      port: 8080,
      publicUrl: 'https://api.example.org',
      platformName: 'Möbel & Müller',
      allowedOrigins: ['https://app.example.org', 'https://admin.example.org:8443'],
      proxies: 1,
      stripe: { webhookSecrets: [`whsec_${random}`, `whsec_${random}2`], apiBase: 'http://localhost:12111' },
      commissionBasisPoints: 1250,
      runWorker: false,
    });
  });

  test('the platform is called what its public address says, unless it has a name', () => {
    expect(readConfig({ PUBLIC_URL: 'https://jobs.example.org/x' }).platformName).toBe('jobs.example.org');
  });

  test.each([
    ['0', 0],
    ['10', 1000],
    ['2.9', 290],
    ['1.15', 115],
    ['90', 9000],
  ])('a commission of %s percent is %i basis points, exactly', (percent, basisPoints) => {
    expect(readConfig({ STRIPE_COMMISSION_PERCENT: percent }).commissionBasisPoints).toBe(basisPoints);
  });

  test.each([
    ['NODE_ENV', 'prod', 'NODE_ENV must be one of development, test, production'],
    ['PORT', 'http', 'PORT must be a whole number'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535'],
    ['PORT', '3000.5', 'PORT must be a whole number'],
    ['SOCKET_PORT', '-1', 'SOCKET_PORT must be a whole number'],
    ['PUBLIC_URL', 'api.example.org', 'PUBLIC_URL must be an http or https URL'],
    ['PUBLIC_URL', 'ftp://example.org', 'PUBLIC_URL must be an http or https URL'],
    ['PLATFORM_NAME', 'two\nlines', 'PLATFORM_NAME must be one line of at most 100 characters'],
    ['PLATFORM_NAME', ' ', 'PLATFORM_NAME must be one line of at most 100 characters'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent'],
    [
      'TRUST_PROXY',
      'yes',
      'TRUST_PROXY must be true (one proxy), false, or the number of proxies from 1 to 9',
    ],
    [
      'ALLOWED_ORIGINS',
      '*',
      'ALLOWED_ORIGINS must be a comma list of origins such as https://app.example.org, without a path',
    ],
    [
      'ALLOWED_ORIGINS',
      'https://app.example.org/',
      'ALLOWED_ORIGINS must be a comma list of origins such as https://app.example.org, without a path',
    ],
    ['DATABASE_URL', 'mysql://localhost/x', 'DATABASE_URL must be a postgres:// URL'],
    ['STRIPE_COMMISSION_PERCENT', '10%', 'STRIPE_COMMISSION_PERCENT must be a percentage such as 10 or 12.5'],
    ['STRIPE_COMMISSION_PERCENT', '90.01', 'STRIPE_COMMISSION_PERCENT must be at most 90'],
    ['STRIPE_LIVE_MODE', '1', 'STRIPE_LIVE_MODE must be true or false'],
    ['SMTP_URL', 'mail.example.org', 'SMTP_URL must be an smtp:// or smtps:// URL'],
    ['MAIL_FROM', 'Holdfast', 'MAIL_FROM must be an address such as Holdfast <no-reply@example.org>'],
    ['BOOKING_ANSWER_HOURS', '0', 'BOOKING_ANSWER_HOURS must be a whole number from 1 to 1440'],
    ['RUN_WORKER', 'no', 'RUN_WORKER must be true or false'],
    ['MAX_FILE_SIZE', '0', 'MAX_FILE_SIZE must be a whole number from 1 to 1073741824'],
    ['MAX_FILE_SIZE', '10MB', 'MAX_FILE_SIZE must be a whole number'],
    ['S3_BUCKET', 'https://bucket', 'S3_BUCKET must be the name of a bucket'],
    ['S3_REGION', 'Vienna', 'S3_REGION must be the name of a region such as eu-central-1'],
  ])('%s=%s is refused in plain words', (name, value, message) => {
    expect(problems({ [name]: value })).toEqual([message]);
  });

  test('all that is wrong is said at once', () => {
    const wrong = { PORT: 'x', LOG_LEVEL: 'loud', RUN_WORKER: 'maybe', STRIPE_SECRET_KEY: 'sk_test_...' };
    expect(problems(wrong)).toHaveLength(6);
    expect(() => readConfig(wrong)).toThrow(/^The configuration has 6 problem\(s\):\n {2}- PORT/);
  });

  test('variables of others are none of our business', () => {
    expect(problems({ PATH: '/bin', FIREBASE_CONFIG: 'x' })).toEqual([]);
  });
});

describe('ports', () => {
  test('that are the same are refused', () => {
    expect(problems({ PORT: '3001' })).toEqual(['PORT and SOCKET_PORT are both 3001']);
    expect(problems({ SOCKET_PORT: '3002' })).toEqual(['SOCKET_PORT and STRIPE_SANDBOX_PORT are both 3002']);
    expect(problems({ ...keys, SOCKET_PORT: '3002' })).toEqual([]);
    expect(problems({ PORT: '0', SOCKET_PORT: '0' })).toEqual([]);
  });
});

describe("Stripe's keys", () => {
  test('are taken: test keys as they are, live ones with the flag', () => {
    expect(problems(keys)).toEqual([]);
    expect(problems({ ...keys, STRIPE_SECRET_KEY: `rk_test_${random}` })).toEqual([]);
    expect(problems(liveKeys)).toEqual([]);
  });

  test.each(Object.keys(keys))('are set together: %s must not be missing', (name) => {
    const given: Environment = { ...keys };
    delete given[name];
    expect(problems(given)).toEqual([
      `${name} is missing: the three STRIPE_ keys are set together, or not at all for the local sandbox`,
    ]);
  });

  test('are of the mode that the flag says', () => {
    expect(problems({ ...keys, STRIPE_LIVE_MODE: 'true' })).toEqual([
      'STRIPE_SECRET_KEY is a test key but STRIPE_LIVE_MODE is true',
      'STRIPE_PUBLISHABLE_KEY is a test key but STRIPE_LIVE_MODE is true',
    ]);
    expect(problems({ ...liveKeys, STRIPE_LIVE_MODE: 'false' })).toEqual([
      'STRIPE_SECRET_KEY is a live key: set STRIPE_LIVE_MODE=true to say that real money may move',
      'STRIPE_PUBLISHABLE_KEY is a live key: set STRIPE_LIVE_MODE=true to say that real money may move',
    ]);
    expect(problems({ STRIPE_LIVE_MODE: 'true' })).toEqual([
      'STRIPE_LIVE_MODE is true but no STRIPE_SECRET_KEY is set',
    ]);
    expect(problems({ STRIPE_API_BASE: 'http://localhost:12111' })).toEqual([
      'STRIPE_API_BASE is set but no STRIPE_SECRET_KEY is set',
    ]);
    expect(problems({ ...liveKeys, STRIPE_API_BASE: 'http://stripe.example.org' })).toEqual([
      'STRIPE_API_BASE must be https in live mode: the secret key goes there',
    ]);
  });

  test.each([
    'sk_test_...',
    'sk_test_…',
    'sk_test_xxxxxxxxxxxxxxxxxxxxxxxx',
    'sk_test_your_secret_key_here_please',
    'sk_test_placeholder_placeholder',
    'sk_test_changemechangemechangeme',
    `pk_test_${random}`,
    `whsec_${random}`,
    `sk_test_${random} `,
    `sk_test_${random}\n`,
    'secret',
  ])('%j is no secret key', (key) => {
    expect(problems({ ...keys, STRIPE_SECRET_KEY: key })).toEqual([
      'STRIPE_SECRET_KEY must be a sk_test_… or sk_live_… or rk_test_… or rk_live_… key, not a placeholder',
    ]);
  });

  test('that are too short to be real are refused', () => {
    expect(problems({ ...keys, STRIPE_SECRET_KEY: 'sk_test_123' })).toEqual([
      'STRIPE_SECRET_KEY is too short to be a real key',
    ]);
    expect(problems({ ...keys, STRIPE_PUBLISHABLE_KEY: 'pk_test_' })).toEqual([
      'STRIPE_PUBLISHABLE_KEY is too short to be a real key',
    ]);
  });

  test.each([
    'whsec_...',
    'whsec_short',
    'whsec_xxxxxxxxxxxxxxxxxxxx',
    `sk_test_${random}`,
    ',',
    `whsec_${random},whsec_...`,
  ])('%j is no secret of a webhook', (secret) => {
    const found = problems({ ...keys, STRIPE_WEBHOOK_SECRET: secret });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^STRIPE_WEBHOOK_SECRET must be whsec_/);
  });

  test('never show in what is said', () => {
    const wrong = {
      ...keys,
      STRIPE_SECRET_KEY: 'sk_live_swordfish',
      DATABASE_URL: 'mysql://user:swordfish@db/x',
    };
    expect(problems(wrong).join()).not.toContain('swordfish');
  });
});

describe('MINIMUM_WITHDRAWAL', () => {
  test('is a list of amounts, each with the decimals of its currency', () => {
    const read = (text: string) => readConfig({ MINIMUM_WITHDRAWAL: text }).minimumWithdrawalMinor;
    expect(read('usd:10.00, eur:10.5,jpy:1000,kwd:1.25')).toEqual({
      usd: 1000,
      eur: 1050,
      jpy: 1000,
      kwd: 1250,
    });
    expect(read('usd:7')).toEqual({ usd: 700 });
    expect(readConfig({}).minimumWithdrawalMinor).toEqual({});
  });

  test.each([
    '10',
    'usd',
    'usd:',
    'usd:-1',
    'usd:1.234',
    'jpy:1.0',
    'xxx:1',
    'USD:1',
    'usd:1,usd:2',
    'usd=1',
    'usd:1e3',
  ])('refuses %s', (text) => {
    expect(problems({ MINIMUM_WITHDRAWAL: text })).toEqual([
      expect.stringMatching(/^MINIMUM_WITHDRAWAL must be a comma list such as/),
    ]);
  });
});

describe('files', () => {
  const bucket = { S3_BUCKET: 'holdfast-files' };
  const pair = { S3_ACCESS_KEY_ID: 'AKIAEXAMPLE', S3_SECRET_ACCESS_KEY: 'swordfish' };

  test('go to a folder if nothing else is said', () => {
    expect(readConfig({})).toMatchObject({
      uploadDir: './upload',
      maximumFileBytes: 10_485_760,
      s3: undefined,
      clamd: undefined,
    });
  });

  test('go to S3 with a bucket', () => {
    expect(readConfig(bucket).s3).toEqual({
      endpoint: undefined,
      region: 'us-east-1',
      bucket: 'holdfast-files',
      accessKeyId: undefined,
      secretAccessKey: undefined,
      allowsPresignedUrls: false,
    });
    const given = { ...bucket, ...pair, S3_ENDPOINT: 'http://minio:9000/', S3_PRESIGNED_URLS: 'true' };
    expect(readConfig(given).s3).toMatchObject({
      endpoint: 'http://minio:9000',
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'swordfish',
      allowsPresignedUrls: true,
    });
  });

  test('do not go to S3 by half of what it takes', () => {
    expect(problems({ ...pair, S3_ENDPOINT: 'http://minio:9000', S3_PRESIGNED_URLS: 'true' })).toEqual([
      'S3_ENDPOINT is set but no S3_BUCKET is',
      'S3_ACCESS_KEY_ID is set but no S3_BUCKET is',
      'S3_SECRET_ACCESS_KEY is set but no S3_BUCKET is',
      'S3_PRESIGNED_URLS is true but no S3_BUCKET is set',
    ]);
    for (const [name, other] of [Object.keys(pair), Object.keys(pair).reverse()])
      expect(problems({ ...bucket, [name!]: 'x' })).toEqual([
        `${other} is missing: S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY are set together, or not at all`,
      ]);
  });

  test.each([
    ['127.0.0.1:3310', { host: '127.0.0.1', port: 3310 }],
    ['clamd:3310', { host: 'clamd', port: 3310 }],
    ['[::1]:3310', { host: '::1', port: 3310 }],
    ['/run/clamav/clamd.ctl', { path: '/run/clamav/clamd.ctl' }],
  ])('are scanned at %s', (text, clamd) => {
    expect(readConfig({ CLAMD_HOST: text }).clamd).toEqual(clamd);
  });

  test.each(['127.0.0.1', ':3310', 'clamd:0', 'clamd:65536', 'tcp://clamd:3310', 'clamd.ctl'])(
    'are not scanned at %s',
    (text) => {
      expect(problems({ CLAMD_HOST: text })).toEqual([
        'CLAMD_HOST must be host:port such as 127.0.0.1:3310, or the path of a unix socket',
      ]);
    },
  );
});

describe('in production', () => {
  test('no stand-in comes unasked', () => {
    const missing = [
      'DATABASE_URL',
      'STRIPE_SECRET_KEY',
      'SMTP_URL',
      'MAIL_FROM',
      'PUBLIC_URL',
      'FCM_SERVER_KEY',
    ];
    expect(problems({ NODE_ENV: 'production' })).toEqual(
      missing.map(
        (name) => `${name} must be set when NODE_ENV is production: local stand-ins are for development`,
      ),
    );
  });

  test('it is enough to set them', () => {
    const set = {
      NODE_ENV: 'production',
      ...liveKeys,
      DATABASE_URL: 'postgres://db/holdfast',
      SMTP_URL: 'smtps://mail.example.org',
      MAIL_FROM: 'jobs@example.org',
      PUBLIC_URL: 'https://api.example.org',
      FCM_SERVER_KEY: 'off',
    };
    expect(problems(set)).toEqual([]);
  });
});

describe('.env.example', () => {
  const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8');
  const lines = text.split('\n');
  const entries = Object.fromEntries(
    lines.flatMap((line) => {
      const match = /^([A-Z0-9_]+)=(.*)$/.exec(line);
      return match === null ? [] : [[match[1]!, match[2]!]];
    }),
  );

  test('has every variable once, and nothing else', () => {
    expect(Object.keys(entries).sort()).toEqual(variableNames().sort());
  });

  test('explains each of them just above it', () => {
    for (const [index, line] of lines.entries())
      if (/^[A-Z0-9_]+=/.test(line)) expect(lines[index - 1], line).toMatch(/^(#|[A-Z0-9_]+=)/);
  });

  test('is a configuration as it stands, equal to the defaults', () => {
    expect(readConfig(entries)).toEqual(readConfig({}));
  });
});
