import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { afterEach, expect, test } from 'vitest';
import { type Mailbox, type MailboxOptions, type StoredMail, startMailbox } from './mailbox.ts';
import { renderMailbox } from './mailbox-page.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('a mail can be read as soon as its sender hears that it was accepted', async () => {
  const mailbox = await openMailbox();
  await send(mailbox, {
    subject: 'Grüße',
    text: 'Hello',
    html: '<b>Hello</b>',
    headers: { 'X-Test': 'yes' },
  });
  expect(mailbox.messages()).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      from: '"Holdfast" <no-reply@example.com>',
      to: ['ada@example.com', 'hidden@example.com'],
      subject: 'Grüße',
      text: 'Hello',
      html: '<b>Hello</b>',
      headers: expect.objectContaining({ 'x-test': 'yes' }),
    },
  ]);
});

test('waitFor finds a mail that is there already and one that is still to come', async () => {
  const mailbox = await openMailbox();
  await send(mailbox, { subject: 'first' });
  expect((await mailbox.waitFor((mail) => mail.subject === 'first')).subject).toBe('first');
  const second = mailbox.waitFor((mail) => mail.subject === 'second');
  await send(mailbox, { subject: 'other' });
  await send(mailbox, { subject: 'second' });
  expect((await second).subject).toBe('second');
});

test('waitFor gives up after its time and when the mailbox closes', async () => {
  const mailbox = await openMailbox();
  await expect(mailbox.waitFor(() => true, 5)).rejects.toThrow('within 5 ms');
  const waiting = expect(mailbox.waitFor(() => true)).rejects.toThrow('closed');
  await mailbox.close();
  await waiting;
});

test('only the newest mails are kept, and clear removes them', async () => {
  const mailbox = await openMailbox({ keep: 2 });
  for (const subject of ['1', '2', '3']) await send(mailbox, { subject });
  expect(subjects(mailbox)).toEqual(['2', '3']);
  mailbox.clear();
  expect(mailbox.messages()).toEqual([]);
});

test('a mail above one megabyte is refused and the next one still arrives', async () => {
  const mailbox = await openMailbox();
  await expect(send(mailbox, { text: 'x'.repeat(1_100_000) })).rejects.toMatchObject({ responseCode: 552 });
  await send(mailbox, { subject: 'small' });
  expect(subjects(mailbox)).toEqual(['small']);
});

test('mails survive a restart, a torn last line does not, and the file stays bounded and private', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mailbox-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'sub', 'mailbox.jsonl');
  const first = await openMailbox({ file, keep: 2 });
  for (const subject of ['1', '2', '3', '4', '5']) await send(first, { subject });
  await first.close();
  await appendFile(file, '{"id":"torn');

  const second = await openMailbox({ file, keep: 2 });
  expect(subjects(second)).toEqual(['4', '5']);
  await send(second, { subject: '6' });
  expect(subjects(second)).toEqual(['5', '6']);
  expect((await readFile(file, 'utf8')).trim().split('\n').length).toBeLessThanOrEqual(4);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  second.clear();
  expect(await readFile(file, 'utf8')).toBe('');
});

test('the page escapes everything and shows HTML only inside a sandbox without scripts', () => {
  const attack = `"><script>alert('1')</script>`;
  const page = renderMailbox([
    {
      id: attack,
      receivedAt: '2026-01-01T00:00:00.000Z',
      from: attack,
      to: [attack],
      subject: attack,
      text: attack,
      html: `<p>${attack}</p>`,
      headers: { [attack]: attack },
    } satisfies StoredMail,
  ]);
  expect(page).not.toContain('<script');
  expect(page).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;base target');
  expect(page).not.toMatch(/sandbox="[^"]*allow-(scripts|same-origin)/);
});

test('the page shows the selected mail, else the newest, else a hint', () => {
  const mail = (id: string): StoredMail => ({
    id,
    receivedAt: '',
    from: '',
    to: [],
    subject: '',
    text: `text of ${id}`,
    html: '',
    headers: {},
  });
  expect(renderMailbox([mail('a'), mail('b')], 'a')).toContain('<pre>text of a</pre>');
  expect(renderMailbox([mail('a'), mail('b')])).toContain('<pre>text of b</pre>');
  expect(renderMailbox([])).toContain('No mail yet.');
});

async function openMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const mailbox = await startMailbox(options);
  cleanups.push(() => mailbox.close());
  return mailbox;
}

async function send(mailbox: Mailbox, content: object): Promise<void> {
  const transport = nodemailer.createTransport(mailbox.smtpUrl);
  await transport.sendMail({
    from: '"Holdfast" <no-reply@example.com>',
    to: 'ada@example.com',
    bcc: 'hidden@example.com',
    text: 'text',
    ...content,
  });
}

function subjects(mailbox: Mailbox): string[] {
  return mailbox.messages().map((mail) => mail.subject);
}
