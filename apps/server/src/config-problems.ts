import { readServiceAccount } from './config-service-account.ts';

/** What the values of the environment are to each other; each value by itself is checked by its schema in config.ts. */

export type Environment = Record<string, string | undefined>;

/** Everything that is wrong with how the variables go together, in plain words and without any value of a secret. */
export const problemsBetween = (given: Environment): string[] => [
  ...stripeProblems(given),
  ...portProblems(given),
  ...disputeProblems(given),
  ...dkimProblems(given),
  ...storageProblems(given),
  ...fcmProblems(given),
  ...pusherProblems(given),
  ...productionProblems(given),
];

export const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const stripeNames = ['STRIPE_SECRET_KEY', 'STRIPE_PUBLISHABLE_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;

/** All three keys or none, of one mode, none of them a placeholder. */
function stripeProblems(given: Environment): string[] {
  if (stripeNames.every((name) => given[name] === undefined)) {
    const without = (name: string, value: string) => `${name} is ${value} but no STRIPE_SECRET_KEY is set`;
    return [
      ...(given.STRIPE_LIVE_MODE === 'true' ? [without('STRIPE_LIVE_MODE', 'true')] : []),
      ...(given.STRIPE_API_BASE === undefined ? [] : [without('STRIPE_API_BASE', 'set')]),
    ];
  }
  const {
    STRIPE_SECRET_KEY: secret,
    STRIPE_PUBLISHABLE_KEY: publishable,
    STRIPE_WEBHOOK_SECRET: webhook,
  } = given;
  const isLive = given.STRIPE_LIVE_MODE === 'true';
  return [
    ...stripeNames
      .filter((name) => given[name] === undefined)
      .map(
        (name) =>
          `${name} is missing: the three STRIPE_ keys are set together, or not at all for the local sandbox`,
      ),
    ...(secret === undefined ? [] : keyProblems('STRIPE_SECRET_KEY', secret, ['sk', 'rk'], isLive)),
    ...(publishable === undefined ? [] : keyProblems('STRIPE_PUBLISHABLE_KEY', publishable, ['pk'], isLive)),
    ...(webhook === undefined ? [] : webhookProblems(webhook)),
    ...(isLive && given.STRIPE_API_BASE?.startsWith('http:')
      ? ['STRIPE_API_BASE must be https in live mode: the secret key goes there']
      : []),
  ];
}

function webhookProblems(secrets: string): string[] {
  const all = list(secrets);
  const isFine = (secret: string) =>
    /^whsec_[0-9A-Za-z+/=_-]{16,}$/.test(secret) && !isPlaceholder(secret.slice('whsec_'.length));
  return all.length > 0 && all.every(isFine)
    ? []
    : [
        'STRIPE_WEBHOOK_SECRET must be whsec_ and the secret of the endpoint (a comma list for several), not a placeholder or a shortened one',
      ];
}

function keyProblems(name: string, key: string, kinds: string[], isLive: boolean): string[] {
  const [, kind, mode, rest = ''] = /^(sk|rk|pk)_(test|live)_([0-9A-Za-z_]*)$/.exec(key) ?? [];
  if (kind === undefined || !kinds.includes(kind) || isPlaceholder(rest))
    return [
      `${name} must be a ${kinds.map((one) => `${one}_test_… or ${one}_live_…`).join(' or ')} key, not a placeholder`,
    ];
  const problems: string[] = [];
  if (rest.length < 16) problems.push(`${name} is too short to be a real key`);
  if (mode === 'test' && isLive) problems.push(`${name} is a test key but STRIPE_LIVE_MODE is true`);
  if (mode === 'live' && !isLive)
    problems.push(`${name} is a live key: set STRIPE_LIVE_MODE=true to say that real money may move`);
  return problems;
}

/** One letter over and over, or words that ask to be replaced. */
const isPlaceholder = (secret: string): boolean =>
  /^(.)\1{3,}$/.test(secret) || /your_|_here|placeholder|change_?me|replace_?me|x{6}|example/i.test(secret);

/** Two listeners on one port: the second would fail, after the first had begun to serve. */
function portProblems(given: Environment): string[] {
  const ports = new Map([
    ['PORT', given.PORT ?? '3000'],
    ['SOCKET_PORT', given.SOCKET_PORT ?? '3001'],
  ]);
  if (given.STRIPE_SECRET_KEY === undefined)
    ports.set('STRIPE_SANDBOX_PORT', given.STRIPE_SANDBOX_PORT ?? '3002');
  const shared = [...Map.groupBy(ports, ([, port]) => Number(port))].filter(
    ([port, users]) => port > 0 && users.length > 1,
  );
  return shared.map(([port, users]) => `${users.map(([name]) => name).join(' and ')} are both ${port}`);
}

/** The other side has its time to answer before the dispute is decided. */
function disputeProblems(given: Environment): string[] {
  const answerHours = Number(given.DISPUTE_ANSWER_HOURS ?? 72);
  const decisionDays = Number(given.DISPUTE_DECISION_DAYS ?? 14);
  return answerHours > decisionDays * 24
    ? [`DISPUTE_ANSWER_HOURS is more than the ${decisionDays} days of DISPUTE_DECISION_DAYS`]
    : [];
}

const dkimNames = ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_PRIVATE_KEY'] as const;

/** A mail is signed with all three or not at all. */
function dkimProblems(given: Environment): string[] {
  const missing = dkimNames.filter((name) => given[name] === undefined);
  return missing.length === dkimNames.length
    ? []
    : missing.map((name) => `${name} is missing: the three DKIM_ variables are set together, or not at all`);
}

/** What is said of S3 would be ignored without a bucket; half a pair of keys opens nothing. */
function storageProblems(given: Environment): string[] {
  const pair = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'];
  if (given.S3_BUCKET === undefined)
    return [
      ...['S3_ENDPOINT', ...pair]
        .filter((name) => given[name] !== undefined)
        .map((name) => `${name} is set but no S3_BUCKET is`),
      ...(given.S3_PRESIGNED_URLS === 'true' ? ['S3_PRESIGNED_URLS is true but no S3_BUCKET is set'] : []),
    ];
  const missing = pair.filter((name) => given[name] === undefined);
  return missing.length === 1
    ? [`${missing[0]} is missing: ${pair.join(' and ')} are set together, or not at all`]
    : [];
}

/** The key is for one project, and what it opens goes only where nobody listens on the way. */
function fcmProblems(given: Environment): string[] {
  const { FCM_SERVER_KEY: key, FCM_PROJECT_ID: projectId, FCM_API_BASE: base } = given;
  if (key === undefined || key === 'off')
    return ['FCM_PROJECT_ID', 'FCM_API_BASE']
      .filter((name) => given[name] !== undefined)
      .map(
        (name) => `${name} is set but ${key === 'off' ? 'FCM_SERVER_KEY is off' : 'no FCM_SERVER_KEY is'}`,
      );
  const account = readServiceAccount(key);
  return [
    ...(projectId !== undefined && typeof account === 'object' && account.projectId !== projectId
      ? ['FCM_PROJECT_ID is not the project_id in FCM_SERVER_KEY']
      : []),
    ...(base !== undefined && /^http:\/\/(?!(localhost|127\.0\.0\.1|\[::1\])([:/]|$))/.test(base)
      ? ['FCM_API_BASE must be https unless it is on this machine: access tokens go there']
      : []),
  ];
}

const pusherNames = ['PUSHER_APP_ID', 'PUSHER_KEY', 'PUSHER_SECRET', 'PUSHER_CLUSTER'] as const;

/** All four or none, none of them a placeholder. */
function pusherProblems(given: Environment): string[] {
  if (pusherNames.every((name) => given[name] === undefined))
    return given.PUSHER_HOST === undefined ? [] : ['PUSHER_HOST is set but no PUSHER_KEY is'];
  return [
    ...pusherNames
      .filter((name) => given[name] === undefined)
      .map((name) => `${name} is missing: ${pusherNames.join(', ')} are set together, or not at all`),
    ...(['PUSHER_KEY', 'PUSHER_SECRET'] as const)
      .filter((name) => isPlaceholder(given[name] ?? ''))
      .map((name) => `${name} is a placeholder`),
  ];
}

/** In production nothing is replaced by a stand-in silently. */
function productionProblems(given: Environment): string[] {
  if (given.NODE_ENV !== 'production') return [];
  return ['DATABASE_URL', 'STRIPE_SECRET_KEY', 'SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL', 'FCM_SERVER_KEY']
    .filter((name) => given[name] === undefined)
    .map((name) => `${name} must be set when NODE_ENV is production: local stand-ins are for development`);
}
