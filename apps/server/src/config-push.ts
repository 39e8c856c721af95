import { z } from 'zod';
import { readServiceAccount, type ServiceAccount } from './config-service-account.ts';
import { webUrl } from './config-values.ts';

/** Where pushes go, and what else is told outside of our own socket. */
export type PushConfig = {
  /** 'off': no pushes are sent. Undefined: to the local stand-in. */
  fcm: FcmConfig | 'off' | undefined;
  /** Undefined: nothing goes to Pusher Channels. */
  pusher: PusherConfig | undefined;
};

export type FcmConfig = {
  projectId: string;
  /** Undefined for the stand-in alone, which lets everybody in. */
  account: ServiceAccount | undefined;
  /** Undefined: Google. */
  apiBase: string | undefined;
};

export type PusherConfig = {
  appId: string;
  key: string;
  secret: string;
  cluster: string;
  /** A server of one's own that speaks Pusher's protocol; undefined: Pusher's of the cluster. */
  host: string | undefined;
};

const serviceAccount = z.string().transform((text, issues): ServiceAccount | 'off' => {
  if (text === 'off') return 'off';
  const account = readServiceAccount(text);
  if (typeof account === 'object') return account;
  issues.addIssue(account);
  return z.NEVER;
});

const isOrigin = (url: string) => new URL(url).origin === url;
const server = webUrl.refine(isOrigin, 'must be an address without a path');
/** A host alone means https. */
const hostOrUrl = z
  .string()
  .transform((text) => (text.includes('://') ? text : `https://${text}`))
  .pipe(webUrl)
  .refine(isOrigin, 'must be a host, host:port, or an address without a path');

const name = (pattern: RegExp, what: string) => z.string().regex(pattern, what).optional();

export const pushVariables = {
  FCM_SERVER_KEY: serviceAccount.optional(),
  FCM_PROJECT_ID: name(
    /^([a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    'must be the id of a Firebase project such as my-project-1a2b3',
  ),
  FCM_API_BASE: server.optional(),
  PUSHER_APP_ID: name(/^[0-9A-Za-z_-]{1,64}$/, 'must be the app_id of an app at Pusher'),
  PUSHER_KEY: name(/^[0-9A-Za-z_-]{1,100}$/, 'must be the key of an app at Pusher'),
  PUSHER_SECRET: name(/^[!-~]{8,200}$/, 'must be the secret of an app at Pusher'),
  PUSHER_CLUSTER: name(/^[a-z0-9-]{1,20}$/, 'must be the name of a cluster of Pusher such as eu'),
  PUSHER_HOST: hostOrUrl.optional(),
};

/** The part of the configuration that the variables above make. */
export function toPushConfig(variables: PushVariables): PushConfig {
  return { fcm: toFcm(variables), pusher: toPusher(variables) };
}

function toFcm(variables: PushVariables): PushConfig['fcm'] {
  const account = variables.FCM_SERVER_KEY;
  if (account === undefined || account === 'off') return account;
  const projectId = variables.FCM_PROJECT_ID ?? account.projectId;
  return { projectId, account, apiBase: variables.FCM_API_BASE };
}

function toPusher(variables: PushVariables): PushConfig['pusher'] {
  const { PUSHER_APP_ID: appId, PUSHER_KEY: key, PUSHER_SECRET: secret, PUSHER_CLUSTER: cluster } = variables;
  if (appId === undefined || key === undefined || secret === undefined || cluster === undefined)
    return undefined;
  return { appId, key, secret, cluster, host: variables.PUSHER_HOST };
}

type PushVariables = z.output<z.ZodObject<typeof pushVariables>>;
