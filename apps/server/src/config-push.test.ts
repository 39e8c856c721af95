import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-fcm-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const fields = {
  type: 'service_account',
  project_id: 'shop-1a2b3',
  private_key_id: 'abc',
  private_key: privateKey,
  client_email: 'push@shop-1a2b3.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
};
const json = JSON.stringify(fields);
const account = { projectId: 'shop-1a2b3', clientEmail: fields.client_email, privateKey };
const file = join(folder, 'key.json');
writeFileSync(file, JSON.stringify(fields, null, 2));

function problems(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('Firebase', () => {
  test.each([
    ['as JSON', json],
    ['as JSON with line breaks', JSON.stringify(fields, null, 2)],
    ['in base64', Buffer.from(json).toString('base64')],
    ['in base64 for addresses', Buffer.from(json).toString('base64url')],
    ['as the path of a file', file],
    [
      'with line breaks escaped once more',
      JSON.stringify({ ...fields, private_key: privateKey.replaceAll('\n', '\\n') }),
    ],
  ])('takes the key of a service account %s', (_how, key) => {
    expect(readConfig({ FCM_SERVER_KEY: key }).fcm).toEqual({
      projectId: 'shop-1a2b3',
      account,
      apiBase: undefined,
    });
  });

  test('takes the project and another server beside it', () => {
    const given = { FCM_SERVER_KEY: json, FCM_PROJECT_ID: 'shop-1a2b3', FCM_API_BASE: 'http://localhost:9/' };
    expect(readConfig(given).fcm).toEqual({
      projectId: 'shop-1a2b3',
      account,
      apiBase: 'http://localhost:9',
    });
  });

  test('can be switched off', () => {
    expect(readConfig({ FCM_SERVER_KEY: 'off' }).fcm).toBe('off');
  });

  const secret = 'AAAAbCdEfGh:APA91bHsecretsecretsecret';
  test.each([
    ['an old server key', secret, /^FCM_SERVER_KEY is a server key of the old interface .* switched off/],
    ['an API key', 'AIzaSyA1234567890123456789012345678901', /^FCM_SERVER_KEY is an API key/],
    ['a file that is not there', join(folder, 'none.json'), /There is no such file$/],
    ['half of the JSON', json.slice(0, 80), /This cannot be read as JSON$/],
    ['other JSON', '{"type":"authorized_user"}', /This JSON is not of a service account$/],
    ['JSON that is no object', Buffer.from('{}'.repeat(30)).toString('base64'), /cannot be read as JSON$/],
    [
      'JSON without what is needed',
      JSON.stringify({ type: 'service_account', project_id: 'shop-1a2b3', private_key: '' }),
      /^FCM_SERVER_KEY is the JSON of a service account without client_email and private_key$/,
    ],
    [
      'a shortened private key',
      JSON.stringify({ ...fields, private_key: privateKey.slice(0, 200) }),
      /private_key cannot be read/,
    ],
  ])('refuses %s with the reason, and without repeating it', (_what, key, reason) => {
    const found = problems({ FCM_SERVER_KEY: key });
    expect(found).toEqual([expect.stringMatching(reason)]);
    expect(found[0]).not.toContain(key.slice(0, 30));
  });

  test('all that is wrong is said at once', () => {
    expect(problems({ FCM_SERVER_KEY: secret, FCM_PROJECT_ID: 'My Project', PUSHER_KEY: 'k' })).toEqual([
      expect.stringMatching(/^FCM_SERVER_KEY is a server key of the old interface/),
      'FCM_PROJECT_ID must be the id of a Firebase project such as my-project-1a2b3',
      ...['PUSHER_APP_ID', 'PUSHER_SECRET', 'PUSHER_CLUSTER'].map((name) =>
        expect.stringMatching(`^${name} is missing: `),
      ),
    ]);
  });

  test.each([
    [{ FCM_PROJECT_ID: 'shop-1a2b3' }, ['FCM_PROJECT_ID is set but no FCM_SERVER_KEY is']],
    [{ FCM_API_BASE: 'https://fcm.example.org' }, ['FCM_API_BASE is set but no FCM_SERVER_KEY is']],
    [
      { FCM_SERVER_KEY: 'off', FCM_PROJECT_ID: 'shop-1a2b3' },
      ['FCM_PROJECT_ID is set but FCM_SERVER_KEY is off'],
    ],
    [
      { FCM_SERVER_KEY: json, FCM_PROJECT_ID: 'other-1a2b3' },
      ['FCM_PROJECT_ID is not the project_id in FCM_SERVER_KEY'],
    ],
    [
      { FCM_SERVER_KEY: json, FCM_API_BASE: 'http://localhost.example.org' },
      ['FCM_API_BASE must be https unless it is on this machine: access tokens go there'],
    ],
  ])('%o does not go together', (given, expected) => {
    expect(problems(given as Record<string, string>)).toEqual(expected);
  });
});

describe('Pusher', () => {
  const app = {
    PUSHER_APP_ID: '12345',
    PUSHER_KEY: '278d425bdf16',
    PUSHER_SECRET: '7ad3773142a6',
    PUSHER_CLUSTER: 'eu',
  };

  test('takes the four of an app, and a server of one’s own', () => {
    expect(readConfig({}).pusher).toBeUndefined();
    const pusher = { appId: '12345', key: '278d425bdf16', secret: '7ad3773142a6', cluster: 'eu' };
    expect(readConfig(app).pusher).toEqual({ ...pusher, host: undefined });
    const hostOf = (host: string) => readConfig({ ...app, PUSHER_HOST: host }).pusher?.host;
    expect(hostOf('push.example.org')).toBe('https://push.example.org');
    expect(hostOf('push.example.org:6001')).toBe('https://push.example.org:6001');
    expect(hostOf('http://127.0.0.1:6001/')).toBe('http://127.0.0.1:6001');
  });

  test.each([
    [{ PUSHER_HOST: 'push.example.org' }, ['PUSHER_HOST is set but no PUSHER_KEY is']],
    [{ ...app, PUSHER_HOST: 'https://push.example.org/apps' }, [/^PUSHER_HOST must be a host/]],
    [{ ...app, PUSHER_SECRET: 'your_secret_here' }, ['PUSHER_SECRET is a placeholder']],
    [{ ...app, PUSHER_CLUSTER: 'Europe!' }, [/^PUSHER_CLUSTER must be the name of a cluster/]],
  ])('%o does not do', (given, expected) => {
    expect(problems(given as Record<string, string>)).toEqual(
      expected.map((one) => expect.stringMatching(one)),
    );
  });
});
