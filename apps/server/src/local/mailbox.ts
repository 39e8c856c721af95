import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { openMailFile } from './mailbox-file.ts';

export type StoredMail = {
  id: string;
  /** UTC, ISO 8601. */
  receivedAt: string;
  from: string;
  /** Everybody the mail was delivered to, also those in Bcc. */
  to: string[];
  subject: string;
  text: string;
  /** Empty when the mail has no HTML part. */
  html: string;
  /** Names in lower case. */
  headers: Record<string, string>;
};

export type Mailbox = {
  /** For SMTP_URL or nodemailer. */
  smtpUrl: string;
  /** Oldest first; a mail is in it before its sender hears that it was accepted. */
  messages(): StoredMail[];
  /** The first mail that fits, among those here already and then among those that come. */
  waitFor(fits: (mail: StoredMail) => boolean, timeoutMs?: number): Promise<StoredMail>;
  clear(): void;
  close(): Promise<void>;
};

export type MailboxOptions = {
  port?: number;
  host?: string;
  /** How many of the newest mails are kept. */
  keep?: number;
  /** Keeps the mails over a restart. */
  file?: string;
};

type Waiter = {
  fits: (mail: StoredMail) => boolean;
  resolve(mail: StoredMail): void;
  reject(error: Error): void;
};

const maxMailBytes = 1_000_000;

/** An SMTP server that delivers nothing and shows everything; for development and tests. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const keep = options.keep ?? 200;
  const file = options.file ? openMailFile(options.file, keep) : undefined;
  const mails = file?.load() ?? [];
  const waiters = new Set<Waiter>();
  const store = (mail: StoredMail) => {
    mails.push(mail);
    mails.splice(0, mails.length - keep);
    file?.append(mail, mails);
    for (const waiter of [...waiters]) if (waiter.fits(mail)) waiter.resolve(mail);
  };

  const server = createServer(store);
  const host = options.host ?? '127.0.0.1';
  const listening = server.listen(options.port ?? 0, host);
  await once(listening, 'listening');
  server.on('error', () => {});

  return {
    smtpUrl: `smtp://${host}:${(listening.address() as AddressInfo).port}`,
    messages: () => [...mails],
    waitFor: async (fits, timeoutMs = 20_000) => mails.find(fits) ?? waitForNext(waiters, fits, timeoutMs),
    clear: () => {
      mails.length = 0;
      file?.rewrite(mails);
    },
    close: async () => {
      for (const waiter of [...waiters]) waiter.reject(new Error('The mailbox was closed.'));
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

function waitForNext(waiters: Set<Waiter>, fits: Waiter['fits'], timeoutMs: number): Promise<StoredMail> {
  const { promise, resolve, reject } = Promise.withResolvers<StoredMail>();
  const timer = setTimeout(() => reject(new Error(`No such mail came within ${timeoutMs} ms.`)), timeoutMs);
  const waiter = { fits, resolve, reject };
  waiters.add(waiter);
  return promise.finally(() => {
    clearTimeout(timer);
    waiters.delete(waiter);
  });
}

function createServer(store: (mail: StoredMail) => void): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: maxMailBytes,
    // A sender's pooled connection must not hold up the end of the process.
    closeTimeout: 100,
    onData(stream, session, done) {
      receive(stream, session).then(
        (mail) => {
          store(mail);
          done();
        },
        (error: Error) => done(error),
      );
    },
  });
}

async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<StoredMail> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= maxMailBytes) parts.push(part);
  }
  if (bytes > maxMailBytes) {
    throw Object.assign(new Error(`The mail is larger than ${maxMailBytes} bytes.`), { responseCode: 552 });
  }
  const mail = await simpleParser(Buffer.concat(parts), { skipTextToHtml: true, skipImageLinks: true });
  const { mailFrom, rcptTo } = session.envelope;
  return {
    id: randomBytes(8).toString('hex'),
    receivedAt: new Date().toISOString(),
    from: mail.from?.text ?? (mailFrom ? mailFrom.address : ''),
    to: rcptTo.map(({ address }) => address),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    headers: readHeaders(mail),
  };
}

function readHeaders(mail: ParsedMail): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { key, line } of mail.headerLines) {
    const value = line.slice(line.indexOf(':') + 1).trim();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return headers;
}
