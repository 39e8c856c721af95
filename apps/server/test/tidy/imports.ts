import { importsOf, isPackage, isTest, packageOf, type Rule } from './source.ts';

/*
 * Who may import whom. A module is a folder of apps/server/src that is not listed here as anything else; others see
 * its face only, the file of its own name. The table has no cycles, which tidy.test.ts checks.
 */

export const modules: Record<string, readonly string[]> = {
  notifications: [],
  files: [],
  accounts: ['files', 'notifications'],
  ledger: [],
  'stripe-calls': [],
  connect: ['ledger', 'notifications', 'stripe-calls'],
  admin: ['accounts', 'jobs'],
  jobs: ['accounts', 'files', 'notifications'],
  commission: ['accounts', 'admin'],
  payments: ['accounts', 'commission', 'connect', 'jobs', 'ledger', 'notifications', 'stripe-calls'],
  bookings: ['accounts', 'files', 'jobs', 'notifications', 'payments'],
  payouts: ['accounts', 'connect', 'ledger', 'notifications', 'payments', 'stripe-calls'],
  checkout: ['bookings', 'connect', 'notifications', 'payments', 'stripe-calls'],
  refunds: ['accounts', 'admin', 'bookings', 'payments'],
  chat: ['accounts', 'admin', 'files', 'notifications'],
  chargebacks: [
    'accounts',
    'admin',
    'bookings',
    'checkout',
    'connect',
    'files',
    'ledger',
    'notifications',
    'payments',
    'stripe-calls',
  ],
  disputes: ['accounts', 'admin', 'bookings', 'chat', 'files', 'notifications', 'payments'],
  reviews: ['accounts', 'bookings', 'notifications'],
  webhooks: ['chargebacks', 'checkout', 'connect', 'payments', 'payouts'],
  earnings: ['accounts'],
  receipts: ['accounts', 'jobs', 'payments'],
  audit: ['admin'],
  metrics: [],
};

/** What every module stands on; it knows none of them. */
const coreFolders = ['db', 'http', 'outbox', 'storage', 'ws', 'vendors'];
const coreFiles = [
  'clock.ts',
  'config.ts',
  'config-problems.ts',
  'config-mail.ts',
  'config-minimums.ts',
  'config-push.ts',
  'config-service-account.ts',
  'config-storage.ts',
  'config-values.ts',
  'context.ts',
  'days.ts',
  'errors.ts',
  'ids.ts',
  'log.ts',
  'rate-limits.ts',
  'stop-on-signal.ts',
];
/** What puts the pieces together may import all of them. */
const wiring = ['app.ts', 'server.ts', 'main.ts', 'outbox/tasks.ts', 'local/'];
const isWiring = (path: string) =>
  wiring.some((one) => path === one || (one.endsWith('/') && path.startsWith(one))) ||
  /^[a-z-]+-cli\.ts$/.test(path);

const src = 'apps/server/src/';
const folderOf = (path: string) => (path.includes('/') ? path.split('/')[0]! : '');

/** Modules see core and the faces of those in their row; core sees no module. */
export const modulesKeepApart: Rule = (source) => {
  if (!source.path.startsWith(src) || isTest(source.path)) return [];
  const from = source.path.slice(src.length);
  if (isWiring(from)) return [];
  const home = folderOf(from);
  const isCore = coreFolders.includes(home) || coreFiles.includes(from);
  if (!isCore && modules[home] === undefined)
    return [`${source.path}: ${home === '' ? from : home} is in no row of the table in tidy/imports.ts`];
  return importsOf(source)
    .filter((name) => name.startsWith(src))
    .map((name) => name.slice(src.length))
    .filter((to) => !mayImport(home, isCore, to))
    .map((to) => `${source.path} must not import ${to}`);
};

function mayImport(home: string, isCore: boolean, to: string): boolean {
  const folder = folderOf(to);
  if (isWiring(to)) return false;
  if (coreFiles.includes(to) || coreFolders.includes(folder)) return true;
  if (folder === home) return true;
  return !isCore && (modules[home] ?? []).includes(folder) && to === `${folder}/${folder}.ts`;
}

/** Packages of ours: contract knows zod only, the client the contract only, the sandbox nothing of ours. */
export const packagesKeepApart: Rule = (source) => {
  if (isTest(source.path)) return [];
  const [area, name] = source.path.split('/');
  if (area !== 'packages') return [];
  const home = `packages/${name}/`;
  return importsOf(source)
    .filter((one) => !one.startsWith(home) && !one.startsWith('node:'))
    .filter((one) => !(allowedPackages[name!] ?? (() => false))(one))
    .map((one) => `${source.path} must not import ${one}`);
};

const allowedPackages: Record<string, (name: string) => boolean> = {
  contract: (name) => name === 'zod',
  client: (name) => name === '@holdfast/contract',
  'stripe-sandbox': (name) => isPackage(name) && !name.startsWith('@holdfast/'),
};

/** Where a package may be imported, if not everywhere: paths under apps/server/src that begin so. */
const homes: Record<string, readonly string[]> = {
  stripe: ['vendors/'],
  nodemailer: ['vendors/'],
  'firebase-admin': ['vendors/'],
  pusher: ['vendors/'],
  ioredis: ['vendors/'],
  '@aws-sdk/client-s3': ['vendors/'],
  '@aws-sdk/lib-storage': ['vendors/'],
  '@aws-sdk/s3-request-presigner': ['vendors/'],
  pg: ['db/', 'outbox/', 'context.ts', 'local/'],
  'graphile-worker': ['db/', 'outbox/'],
  ws: ['ws/'],
  '@node-rs/argon2': ['accounts/'],
  '@fastify/cors': ['http/'],
  '@fastify/helmet': ['http/'],
  '@fastify/swagger': ['http/'],
  '@fastify/under-pressure': ['http/'],
  '@fastify/swagger-ui': ['http/'],
  multer: ['files/'],
  'content-disposition': ['files/'],
  fresh: ['files/'],
  'range-parser': ['files/'],
  'prom-client': ['metrics/'],
  sharp: ['files/'],
  'file-type': ['files/'],
  yauzl: ['files/'],
  'heic-decode': ['files/'],
  'fastify-type-provider-zod': ['http/'],
  'smtp-server': ['local/'],
  mailparser: ['local/'],
  '@holdfast/stripe-sandbox': ['local/'],
  '@holdfast/client': ['local/', 'chat-cli.ts'],
};

export const packagesStayAtHome: Rule = (source) => {
  if (!source.path.startsWith(src) || isTest(source.path)) return [];
  const from = source.path.slice(src.length);
  return importsOf(source)
    .filter(isPackage)
    .map(packageOf)
    .filter((name) => homes[name] !== undefined && !homes[name].some((home) => from.startsWith(home)))
    .map((name) => `${source.path} must not import ${name}: that is for ${homes[name]!.join(', ')}`);
};
