import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-dkim-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pem = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
const key = pem(1024);
const dkim = { DKIM_DOMAIN: 'example.org', DKIM_SELECTOR: 'mail2026', DKIM_PRIVATE_KEY: key };

function problems(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('mails are not signed, and link to the public address, if nothing is said', () => {
  const config = readConfig({ PUBLIC_URL: 'https://api.example.org' });
  expect(config).toMatchObject({ dkim: undefined, appUrl: 'https://api.example.org', smtpUrl: undefined });
  expect(readConfig({ APP_URL: 'https://app.example.org/' }).appUrl).toBe('https://app.example.org');
});

test('a key for signing is a PEM, one with \\n for its line breaks, or a file', () => {
  const file = join(folder, 'dkim.pem');
  writeFileSync(file, key);
  const signing = { domain: 'example.org', selector: 'mail2026', privateKey: key };
  for (const given of [key, key.replaceAll('\n', '\\n'), file])
    expect(readConfig({ ...dkim, DKIM_PRIVATE_KEY: given }).dkim).toEqual(signing);
});

test('what cannot sign is refused without a word of it', () => {
  const elliptic = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const publicKey = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const given = [
    String(elliptic),
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    pem(768),
    `${key.slice(0, 200)}\n-----END PRIVATE KEY-----`,
    join(folder, 'none.pem'),
    'swordfish',
  ];
  for (const one of given)
    expect(problems({ ...dkim, DKIM_PRIVATE_KEY: one })).toEqual([
      'DKIM_PRIVATE_KEY must be an RSA key of at least 1024 bits as PEM, or the path of a file that can be read',
    ]);
});

test('signing takes all three', () => {
  for (const name of Object.keys(dkim)) {
    const { [name]: _left, ...rest } = dkim as Record<string, string>;
    expect(problems(rest)).toEqual([
      `${name} is missing: the three DKIM_ variables are set together, or not at all`,
    ]);
  }
  expect(problems({ ...dkim, DKIM_DOMAIN: 'exa mple.org', DKIM_SELECTOR: 'a;b', APP_URL: 'app' })).toEqual([
    'DKIM_DOMAIN must be the name of a domain such as example.org',
    'DKIM_SELECTOR must be a selector such as mail2026',
    'APP_URL must be an http or https URL',
  ]);
});
