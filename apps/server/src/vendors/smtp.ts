import { createTransport } from 'nodemailer';
import type { DkimConfig } from '../config-mail.ts';
import { toMailFailure } from './mail-failure.ts';

export type Mail = {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** BCP 47. */
  language: string;
  /** The same for every try to send it: a mailbox that gets it twice can tell. Letters, digits, - and _. */
  id?: string;
  /** Where one POST switches such mails off (RFC 8058). */
  unsubscribeUrl?: string;
};

export type Mailer = {
  /**
   * Sends one e-mail; resolves when the server took it. Urgent ones have connections of their own, so that they wait
   * for no other mail. Throws MailFailure.
   */
  send(mail: Mail, options?: { isUrgent?: boolean }): Promise<void>;
  close(): void;
};

export type MailerOptions = { smtpUrl: string; from: string; dkim?: DkimConfig | undefined };

/** How many mails that are not urgent are under way at once, unless SMTP_URL says otherwise (maxConnections). */
export const bulkConnections = 5;
const urgentConnections = 2;

export function createMailer(options: MailerOptions): Mailer {
  const bulk = openPool(options, bulkConnections);
  const urgent = openPool(options, urgentConnections);
  const domain = domainOf(options.from);
  return {
    send: async (mail, { isUrgent = false } = {}) => {
      try {
        await (isUrgent ? urgent : bulk).sendMail(toMessage(mail, options.from, domain));
      } catch (error) {
        // Without the error itself as a cause: it quotes the address.
        throw toMailFailure(error);
      }
    },
    close: () => {
      bulk.close();
      urgent.close();
    },
  };
}

function openPool({ smtpUrl, dkim }: MailerOptions, maxConnections: number) {
  return createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(dkim === undefined
      ? {}
      : {
          dkim: {
            domainName: dkim.domain,
            keySelector: dkim.selector,
            privateKey: dkim.privateKey,
            headerFieldNames: signedHeaders,
          },
        }),
  } as Parameters<typeof createTransport>[0]);
}

// Mail programs show their own button to unsubscribe only if a signature covers both headers of it (RFC 8058).
const signedHeaders = [
  'From',
  'To',
  'Subject',
  'Date',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'Content-Language',
  'Auto-Submitted',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
].join(':');

function toMessage(mail: Mail, from: string, domain: string) {
  const { to, subject, text, html, language, id, unsubscribeUrl } = mail;
  return {
    from,
    // Not as a text: in that a comma would make two addresses of it.
    to: { name: '', address: to },
    subject,
    text,
    html,
    ...(id === undefined ? {} : { messageId: `<${id}@${domain}>` }),
    headers: {
      // So that nobody's holiday reply is sent to us; a report that the mail did not arrive still is.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply',
      'Content-Language': language,
      ...(unsubscribeUrl === undefined
        ? {}
        : {
            'List-Unsubscribe': { prepared: true, foldLines: false, value: `<${unsubscribeUrl}>` },
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
    },
  };
}

const domainOf = (from: string): string => /@([^\s@<>]+)>?$/.exec(from)?.[1] ?? 'localhost';
