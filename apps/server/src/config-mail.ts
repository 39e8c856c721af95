import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { webUrl } from './config-values.ts';

/** How mails are sent, what they are signed with, and where their links lead. */
export type MailConfig = {
  /** Undefined: the local mailbox. */
  smtpUrl: string | undefined;
  mailFrom: string;
  dkim: DkimConfig | undefined;
  /** Where the pages of the app are, to which mails link. */
  appUrl: string;
};

export type DkimConfig = {
  domain: string;
  selector: string;
  /** PEM. */
  privateKey: string;
};

const hostName = /^(?=.{1,253}$)([0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?\.)*[0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?$/i;

/** A PEM as it is, with \n in place of its line breaks, or the path of a file that holds it. */
const rsaKey = z.string().transform((given, issues): string => {
  try {
    const pem = given.startsWith('-----BEGIN') ? given.replaceAll('\\n', '\n') : readFileSync(given, 'utf8');
    const key = createPrivateKey(pem);
    const isStrong = (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 1024;
    if (key.asymmetricKeyType === 'rsa' && isStrong) return pem;
  } catch {
    // Said below, without the error: it may quote what was given.
  }
  issues.addIssue('must be an RSA key of at least 1024 bits as PEM, or the path of a file that can be read');
  return z.NEVER;
});

export const mailVariables = {
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^[^\s@<>]+@[^\s@<>]+$|^[^<>]*<[^\s@<>]+@[^\s@<>]+>$/,
      'must be an address such as Holdfast <no-reply@example.org>',
    )
    .default('Holdfast <no-reply@holdfast.example>'),
  DKIM_DOMAIN: z.string().regex(hostName, 'must be the name of a domain such as example.org').optional(),
  DKIM_SELECTOR: z.string().regex(hostName, 'must be a selector such as mail2026').optional(),
  DKIM_PRIVATE_KEY: rsaKey.optional(),
  APP_URL: webUrl.optional(),
};

/** The part of the configuration that the variables above make. */
export function toMailConfig(variables: MailVariables, publicUrl: string): MailConfig {
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_PRIVATE_KEY: privateKey } = variables;
  return {
    smtpUrl: variables.SMTP_URL,
    mailFrom: variables.MAIL_FROM,
    dkim:
      domain === undefined || selector === undefined || privateKey === undefined
        ? undefined
        : { domain, selector, privateKey },
    appUrl: variables.APP_URL ?? publicUrl,
  };
}

type MailVariables = z.output<z.ZodObject<typeof mailVariables>>;
