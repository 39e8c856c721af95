import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkDkim } from '../../test/dkim.ts';
import { answer, startMailServer } from '../../test/mail-server.ts';
import { MailFailure } from './mail-failure.ts';
import { createMailer, type Mail, type Mailer, type MailerOptions } from './smtp.ts';

const from = 'Möbel & Müller <no-reply@jobs.example.org>';
const mail: Mail = {
  to: 'ada@example.org',
  subject: 'Grüße von “Holdfast”',
  text: 'Hello\n',
  html: '<p>Hello</p>',
  language: 'de',
  id: 'dlv_1234567890',
  unsubscribeUrl: `https://api.example.org/api/unsubscribe?token=usr_${'a'.repeat(22)}.job.posted.${'b'.repeat(43)}`,
};

function open(smtpUrl: string, options: Partial<MailerOptions> = {}): Mailer {
  const mailer = createMailer({ smtpUrl, from, ...options });
  onTestFinished(() => mailer.close());
  return mailer;
}

/** What the failure of one mail says. */
async function failure(mailer: Mailer, over: Partial<Mail> = {}) {
  const error = await mailer.send({ ...mail, ...over }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MailFailure);
  const { kind, status, isOfConnection, message, cause, stack } = error as MailFailure;
  expect(`${message} ${cause} ${stack}`).not.toContain('@example.org');
  return [kind, status, isOfConnection];
}

test('a mail says in its headers what it is, for mail programs and for programs that answer', async () => {
  const server = await startMailServer();
  await open(server.url).send(mail);
  const { raw, parsed } = server.received[0]!;
  expect(parsed.subject).toBe(mail.subject);
  expect(parsed.from?.value).toEqual([{ name: 'Möbel & Müller', address: 'no-reply@jobs.example.org' }]);
  expect(parsed.messageId).toBe('<dlv_1234567890@jobs.example.org>');
  const lines = raw.toString().split(/\r\n(?![ \t])/);
  expect(lines).toContain('Auto-Submitted: auto-generated');
  expect(lines).toContain('Content-Language: de');
  expect(lines).toContain(`List-Unsubscribe: <${mail.unsubscribeUrl}>`);
  expect(lines).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
});

test('a mail that cannot be switched off has no such headers, and a number of its own', async () => {
  const server = await startMailServer();
  const { id: _id, unsubscribeUrl: _url, ...plain } = mail;
  await open(server.url).send(plain);
  expect(server.received[0]!.raw.toString()).not.toMatch(/^list-unsubscribe/im);
  expect(server.received[0]!.parsed.messageId).toMatch(/^<[^@]+@jobs\.example\.org>$/);
});

test('one mail goes to one address, whatever the address looks like', async () => {
  const server = await startMailServer();
  const mailer = open(server.url);
  await mailer.send({ ...mail, to: 'ada@example.org, eve@example.org' }).catch(() => undefined);
  for (const { parsed, to } of server.received) expect([to, parsed.to]).not.toContain('eve@example.org');
  expect(server.received.map((one) => one.to)).not.toContain('eve@example.org');
});

test('a signature covers the mail and both headers of unsubscribing, and verifies', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const server = await startMailServer();
  const dkim = { domain: 'jobs.example.org', selector: 'mail2026', privateKey: pem };
  await open(server.url, { dkim }).send({ ...mail, text: `${'Grüße  \n'.repeat(50)}\n\n`, html: '<p>é</p>' });
  const { raw } = server.received[0]!;
  const { isValid, tags } = checkDkim(raw, publicKey);
  expect(isValid).toBe(true);
  expect(tags).toMatchObject({ d: 'jobs.example.org', s: 'mail2026' });
  expect(tags.h!.toLowerCase().split(':')).toEqual(
    expect.arrayContaining([
      'from',
      'to',
      'subject',
      'list-unsubscribe',
      'list-unsubscribe-post',
      'message-id',
    ]),
  );
  const forged = raw.toString('latin1').replace('token=usr_a', 'token=usr_b');
  expect(checkDkim(Buffer.from(forged, 'latin1'), publicKey).isValid).toBe(false);
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  expect(checkDkim(raw, stranger.publicKey).isValid).toBe(false);
});

test('STARTTLS is used where the server has it; a certificate that nobody vouches for is not trusted', async () => {
  const server = await startMailServer({ disabledCommands: [] });
  expect(await failure(open(server.url))).toEqual(['sender', expect.stringContaining('CERT'), true]);
  expect(server.received).toEqual([]);
  await open(`${server.url}/?tls.rejectUnauthorized=false`).send(mail);
  expect(server.received.map((one) => one.isEncrypted)).toEqual([true]);
});

test('requireTLS refuses a server that does not encrypt, or that somebody between keeps from it', async () => {
  const server = await startMailServer();
  expect((await failure(open(`${server.url}/?requireTLS=true`)))[0]).toBe('sender');
  await open(server.url).send(mail);
  expect(server.received.map((one) => one.isEncrypted)).toEqual([false]);
});

test('smtps is encrypted from the first byte', async () => {
  const server = await startMailServer({ secure: true });
  await open(`${server.url}/?tls.rejectUnauthorized=false`).send(mail);
  expect(server.received.map((one) => one.isEncrypted)).toEqual([true]);
});

test.each([
  ['550 5.1.1 no such user ada@example.org', ['bounced', '550 5.1.1', false]],
  ['550 No such user here', ['bounced', '550', false]],
  ['551 user not local', ['bounced', '551', false]],
  ['553 mailbox name not allowed', ['bounced', '553', false]],
  ['521 host takes no mail', ['bounced', '521', false]],
  ['556 5.1.10 null MX', ['bounced', '556 5.1.10', false]],
  ['550 5.2.1 mailbox disabled', ['bounced', '550 5.2.1', false]],
  ['552 5.2.2 mailbox full', ['refused', '552 5.2.2', false]],
  ['550 5.7.1 blocked by policy', ['refused', '550 5.7.1', false]],
  ['554 5.7.1 spam', ['refused', '554 5.7.1', false]],
  ['550 Message rejected as spam', ['refused', '550', false]],
  ['550 relay not permitted', ['refused', '550', false]],
  ['550 sender address rejected', ['refused', '550', false]],
  ['530 5.7.0 authentication required', ['sender', '530 5.7.0', true]],
  ['450 4.2.1 try later', ['unavailable', '450 4.2.1', false]],
  ['451 4.7.1 greylisted', ['unavailable', '451 4.7.1', false]],
  ['421 4.7.0 too many mails', ['unavailable', '421 4.7.0', true]],
])('a recipient answered with "%s" is %o', async (line, expected) => {
  const server = await startMailServer();
  server.refuse = () => line;
  const mailer = open(server.url);
  expect(await failure(mailer)).toEqual(expected);
  server.refuse = () => undefined;
  await mailer.send(mail);
  expect(server.received).toHaveLength(1);
});

test('a server that refuses our own address or credentials fails all mails, and says so', async () => {
  const sender = await startMailServer({
    onMailFrom: (_address, _session, done) => done(answer('550 5.7.1 sender not allowed')),
  });
  expect(await failure(open(sender.url))).toEqual(['sender', '550 5.7.1', true]);
  const login = await startMailServer({
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(answer('535 5.7.8 wrong')),
  });
  const url = login.url.replace('://', '://holdfast:swordfish@');
  expect((await failure(open(url))).slice(0, 1)).toEqual(['sender']);
  const closed = await startMailServer({
    onConnect: (_session, done) => done(answer('554 5.7.1 your network is not welcome')),
  });
  expect((await failure(open(closed.url)))[0]).toBe('sender');
});

test('what is refused after the whole mail was read is about the mail', async () => {
  const server = await startMailServer({
    onData: (stream, _session, done) => {
      stream.resume();
      stream.on('end', () => done(answer('554 5.6.0 this is spam')));
    },
  });
  expect(await failure(open(server.url))).toEqual(['refused', '554 5.6.0', false]);
});

test('a server that is not there, hangs up, or has no time is unavailable', async () => {
  expect(await failure(open('smtp://127.0.0.1:9'))).toEqual(['unavailable', 'ECONNREFUSED', true]);
  expect((await failure(open('smtp://nowhere.invalid')))[0]).toBe('unavailable');
  const busy = await startMailServer({
    onConnect: (_session, done) => done(answer('421 4.3.2 no time')),
  });
  expect((await failure(open(busy.url)))[0]).toBe('unavailable');
  const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(rude, 'listening');
  onTestFinished(() => void rude.close());
  const { port } = rude.address() as { port: number };
  expect((await failure(open(`smtp://127.0.0.1:${port}`)))[0]).toBe('unavailable');
});

test('an urgent mail does not wait behind hundreds of others', async () => {
  const server = await startMailServer({ takesMs: 200 });
  const mailer = open(server.url);
  const others = Array.from({ length: 500 }, (_, index) =>
    mailer.send({ ...mail, to: `bulk${index}@example.org`, id: `dlv_${index}` }).catch(() => undefined),
  );
  await expect.poll(() => server.received.length).toBeGreaterThan(4);
  const before = server.received.length;
  await mailer.send({ ...mail, to: 'code@example.org' }, { isUrgent: true });
  const place = server.received.findIndex((one) => one.to === 'code@example.org');
  expect(place - before).toBeLessThan(25);
  expect(server.connections).toBeLessThanOrEqual(6);
  mailer.close();
  await Promise.all(others);
});
