import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';

export type ReceivedMail = { to: string; raw: Buffer; parsed: ParsedMail; isEncrypted: boolean };

export type MailServer = {
  url: string;
  port: number;
  /** In the order in which they were taken. */
  received: ReceivedMail[];
  /** How many connections were opened to it. */
  connections: number;
  /** For each of the next mails: what is answered to its recipient, e.g. '550 5.1.1 no such user'; undefined takes it. */
  refuse: (email: string) => string | undefined;
  close(): Promise<void>;
};

/** An SMTP server that answers as a test wants it to, until the test is over. */
export async function startMailServer(
  options: SMTPServerOptions & { takesMs?: number } = {},
): Promise<MailServer> {
  const { takesMs = 0, ...given } = options;
  const server = new SMTPServer({
    authOptional: true,
    // Its certificate is one that everybody knows: tests of encryption ask for it.
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 50,
    onConnect(_session, done) {
      self.connections += 1;
      done();
    },
    onRcptTo({ address }, _session, done) {
      done(answer(self.refuse(address)));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks);
        await new Promise((resolve) => setTimeout(resolve, takesMs));
        self.received.push({
          to: session.envelope.rcptTo[0]!.address,
          raw,
          parsed: await simpleParser(raw),
          isEncrypted: session.secure,
        });
        done();
      });
    },
    ...given,
  });
  server.on('error', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = (server.server.address() as AddressInfo).port;
  const self: MailServer = {
    url: `${given.secure ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    port,
    received: [],
    connections: 0,
    refuse: () => undefined,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
  onTestFinished(() => self.close());
  return self;
}

/** An error that smtp-server says as this line. */
export function answer(line: string | undefined): Error | null {
  if (line === undefined) return null;
  const [, responseCode, message] = /^(\d{3}) (.*)$/.exec(line)!;
  return Object.assign(new Error(message), { responseCode: Number(responseCode) });
}
