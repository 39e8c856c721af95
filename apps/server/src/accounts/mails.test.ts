import { accounts } from '@holdfast/contract';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.ts';
import { createPerson, forgetRateLimits, type Person } from '../../test/people.ts';
import { startWorld, type World } from '../../test/world.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import { notify } from '../notifications/notifications.ts';
import { handlers } from '../outbox/tasks.ts';
import { startWorker } from '../outbox/worker.ts';
import { createMailer } from '../vendors/smtp.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ config: { platformName: 'Jobs & Co' } });
});
afterAll(() => world.stop());

const password = 'a long enough secret';
let counter = 0;
const register = async (over: object = {}) => {
  await forgetRateLimits(world);
  counter += 1;
  const email = `mailed${counter}@example.org`;
  const body = { role: 'customer', email, password, name: 'Ada <b>Fischer</b>', ...over } as const;
  return { ...(await world.client.call(accounts.register, { body })), email };
};
const newest = (email: string) => world.mailbox.messages().findLast((one) => one.to.includes(email))!;

/** Sends everything of this world to this server until the test is over. */
function sendTo(server: MailServer): Ctx {
  const { mail } = world.ctx;
  world.ctx.mail = createMailer({ smtpUrl: server.url, from: world.ctx.config.mailFrom });
  onTestFinished(() => {
    world.ctx.mail.close();
    world.ctx.mail = mail;
  });
  return world.ctx;
}

const hasBounced = async (email: string) =>
  (await world.ctx.db.selectFrom('mail_bounces').selectAll().where('email', '=', email).execute()).length ===
  1;

test('a code is mailed in the language of the account, large in HTML, and nothing of it can be switched off', async () => {
  const { email } = await register({ locale: 'de-AT' });
  await world.drain();
  const mail = newest(email);
  expect(mail.subject).toBe('Bestätigen Sie Ihre E-Mail-Adresse');
  const [, code] = /^Ihr Code für Jobs & Co ist (\d{6})$/m.exec(mail.text)!;
  expect(mail.html).toContain(`<strong>${code}</strong>`);
  expect(mail.html).toContain('<html lang="de">');
  expect(mail.subject).not.toContain(code);
  expect(mail.headers).not.toHaveProperty('list-unsubscribe');
  expect(mail.headers['auto-submitted']).toBe('auto-generated');
  // An address that is not proven may be a stranger's: no words of whoever typed it in.
  expect(mail.text + mail.html).not.toMatch(/Fischer/);
});

test('notices come in the language of their person, also the last one', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const { client, email } = person;
  await client.call(accounts.updateMe, { body: { locale: 'de-DE' } });
  const currentPassword = person.password;
  await client.call(accounts.changePassword, { body: { currentPassword, newPassword: password } });
  await world.drain();
  expect(newest(email).subject).toBe('Ihr Passwort wurde geändert');
  expect(newest(email).headers).not.toHaveProperty('list-unsubscribe');
  await client.call(accounts.deleteMe, { body: { currentPassword: password } });
  await world.drain();
  expect(newest(email).subject).toBe('Ihr Konto wurde gelöscht');
});

test('an address without a mailbox gets no notices; a code that somebody asks for is tried, and mends it', async () => {
  const server = await startMailServer();
  sendTo(server);
  const person = await createPerson(world, { role: 'customer' });
  const notice = async () => {
    await inTransaction(world.ctx.db, (tx) =>
      notify(world.ctx, tx, [{ to: person.id, type: 'refund.failed', about: newId('rfd') }]),
    );
    await world.drain();
  };
  const askForCode = async () => {
    await forgetRateLimits(world);
    await world.client.call(accounts.forgotPassword, { body: { email: person.email } });
    await world.drain();
  };
  server.refuse = () => '550 5.1.1 no such user';
  await notice();
  expect(await hasBounced(person.email)).toBe(true);
  // For good: nothing waits to be tried again.
  expect((await world.ctx.pool.query('select from graphile_worker._private_jobs')).rowCount).toBe(0);
  await askForCode();
  expect(await hasBounced(person.email)).toBe(true);
  server.refuse = () => undefined;
  await notice();
  expect(server.received).toEqual([]);
  await askForCode();
  expect(await hasBounced(person.email)).toBe(false);
  await notice();
  expect(server.received.map((one) => one.parsed.subject)).toEqual([
    'Set a new password',
    'Your refund did not reach your bank',
  ]);
});

test('who leaves an address, or Holdfast, leaves no bounce behind', async () => {
  const bounce = (person: Person) =>
    world.ctx.db
      .insertInto('mail_bounces')
      .values({ email: person.email, at: world.clock.now(), reason: '550' })
      .execute();
  const [mover, leaver] = await Promise.all([1, 2].map(() => createPerson(world, { role: 'customer' })));
  await Promise.all([bounce(mover!), bounce(leaver!)]);
  const newEmail = `moved-${mover!.email}`;
  const { client } = mover!;
  await client.call(accounts.changeEmail, { body: { currentPassword: mover!.password, newEmail } });
  await world.drain();
  const [code] = /\b\d{6}$/m.exec(newest(newEmail).text)!;
  await client.call(accounts.confirmEmail, { body: { code } });
  await leaver!.client.call(accounts.deleteMe, { body: { currentPassword: leaver!.password } });
  for (const person of [mover!, leaver!]) expect(await hasBounced(person.email)).toBe(false);
});

test('a code that somebody asks for while hundreds of mails wait at a slow server is among the next', async () => {
  const server = await startMailServer({ takesMs: 200 });
  const ctx = sendTo(server);
  const [person, asking] = await Promise.all([1, 2].map(() => createPerson(world, { role: 'customer' })));
  await inTransaction(ctx.db, async (tx) => {
    const notices = Array.from({ length: 500 }, (_, index) => ({
      to: person!.id,
      type: 'dispute.answered' as const,
      about: `${index}`,
    }));
    await notify(ctx, tx, notices);
  });
  const worker = await startWorker(ctx, handlers, []);
  await expect.poll(() => server.received.length).toBeGreaterThan(10);
  await forgetRateLimits(world);
  const before = server.received.length;
  await world.client.call(accounts.forgotPassword, { body: { email: asking!.email } });
  const place = () => server.received.findIndex((one) => one.to === asking!.email);
  await expect.poll(place, { interval: 20 }).toBeGreaterThanOrEqual(0);
  // The server takes 25 others a second meanwhile; behind all of them it would be the five hundredth.
  expect(place() - before).toBeLessThan(40);
  await ctx.pool.query('delete from graphile_worker._private_jobs where locked_at is null');
  await worker.stop();
});
