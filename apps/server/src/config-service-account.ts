import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What of a service account's key file is needed to sign in as it. */
export type ServiceAccount = { projectId: string; clientEmail: string; privateKey: string };

const whatItMustBe =
  "must be a service account's key (Firebase console, Project settings, Service accounts): its JSON, the JSON in base64, or the path of the file; or off";

/** The service account, or in words what is wrong. The words hold nothing of the value: it may be a secret. */
export function readServiceAccount(value: string): ServiceAccount | string {
  const text = value.trim();
  if (/^AAAA[\w-]{7}:/.test(text))
    return `is a server key of the old interface of Firebase, which Google has switched off; it ${whatItMustBe}`;
  if (/^AIza[\w-]{30,}$/.test(text))
    return `is an API key, which is for apps and sends nothing; it ${whatItMustBe}`;
  const json = jsonOf(text);
  if (json === undefined) return `${whatItMustBe}. There is no such file`;
  try {
    return accountOf(JSON.parse(json));
  } catch {
    return `${whatItMustBe}. This cannot be read as JSON`;
  }
}

function jsonOf(text: string): string | undefined {
  if (text.startsWith('{')) return text;
  const decoded = /^[\w+/-]{40,}={0,2}$/.test(text.replace(/\s/g, ''))
    ? Buffer.from(text, 'base64').toString()
    : '';
  if (decoded.trimStart().startsWith('{')) return decoded;
  try {
    return readFileSync(text, 'utf8');
  } catch {
    return undefined;
  }
}

function accountOf(value: unknown): ServiceAccount | string {
  const fields = (value ?? {}) as Record<string, unknown>;
  if (fields.type !== 'service_account') return `${whatItMustBe}. This JSON is not of a service account`;
  const missing = ['project_id', 'client_email', 'private_key'].filter(
    (name) => typeof fields[name] !== 'string' || fields[name] === '',
  );
  if (missing.length > 0) return `is the JSON of a service account without ${missing.join(' and ')}`;
  // Some places that keep variables escape line breaks once more.
  const privateKey = String(fields.private_key).replaceAll('\\n', '\n');
  try {
    createPrivateKey(privateKey);
  } catch {
    return 'is the JSON of a service account whose private_key cannot be read: copy it whole';
  }
  return { projectId: String(fields.project_id), clientEmail: String(fields.client_email), privateKey };
}
