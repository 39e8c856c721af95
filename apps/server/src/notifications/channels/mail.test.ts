import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startMailServer } from '../../../test/mail-server.ts';
import { createPerson, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';
import type { Ctx } from '../../context.ts';
import { createLog } from '../../log.ts';
import { createMailer } from '../../vendors/smtp.ts';
import { textOf } from '../texts/text-of.ts';
import { sendMail } from './mail.ts';
import type { Parcel } from './parcel.ts';

let world: World;
let people: Person[];
let lines: string[] = [];

beforeAll(async () => {
  world = await startWorld();
  people = await Promise.all(Array.from({ length: 8 }, () => createPerson(world, { role: 'contractor' })));
});
afterAll(() => world.stop());
beforeEach(async () => {
  lines = [];
  await world.ctx.db.deleteFrom('mail_bounces').execute();
});

/** The context of a worker that sends to this server and whose log is read. */
function sendingTo(smtpUrl: string): Ctx {
  const mail = createMailer({ smtpUrl, from: world.ctx.config.mailFrom });
  return { ...world.ctx, mail, log: createLog('trace', { write: (line) => void lines.push(line) }) };
}

let counter = 0;
function parcelFor(person: Pick<Person, 'id' | 'email'>): Parcel {
  const data = { jobId: 'job_1', jobTitle: 'Paint the fence' };
  const reader = { locale: 'en', timeZone: 'UTC' };
  counter += 1;
  return {
    deliveryId: `dlv_${counter}`,
    notificationId: `ntf_${counter}`,
    userId: person.id,
    type: 'job.posted',
    ...textOf('job.posted', data, reader),
    data,
    ...reader,
    email: person.email,
    unread: 1,
    reached: [],
    createdAt: world.clock.now(),
  };
}

const bounces = async () =>
  (await world.ctx.db.selectFrom('mail_bounces').select(['email', 'reason']).execute()).map((row) => [
    row.email,
    row.reason,
  ]);

test('each parcel has its outcome in its place, and each person their mail', async () => {
  const server = await startMailServer();
  const answers: Record<string, string> = {
    [people[1]!.email]: '550 5.1.1 no such user',
    [people[2]!.email]: '550 5.7.1 policy',
    [people[3]!.email]: '450 4.2.1 later',
  };
  server.refuse = (email) => answers[email];
  const gone = { id: people[4]!.id, email: 'deleted-0123456789abcdef01234567@deleted.invalid' };
  const parcels = [...people.slice(0, 4), gone, people[5]!].map(parcelFor);
  const ctx = sendingTo(server.url);
  expect(await sendMail(ctx, parcels)).toEqual([
    { kind: 'sent' },
    { kind: 'failed', reason: 'bounced' },
    { kind: 'failed', reason: 'refused' },
    { kind: 'retry', reason: 'unavailable', status: '450 4.2.1' },
    { kind: 'suppressed', reason: 'no_address' },
    { kind: 'sent' },
  ]);
  expect(server.received.map((one) => one.to).toSorted()).toEqual(
    [people[0]!.email, people[5]!.email].toSorted(),
  );
  const { parsed } = server.received[0]!;
  expect(parsed.messageId).toMatch(/^<dlv_\d+@holdfast\.example>$/);
  expect(parsed.subject).toBe('New job: Paint the fence');
  expect(lines.join()).not.toContain('@');
  ctx.mail.close();
});

test('an address without a mailbox gets no further mail; policy and a full mailbox are no reason for that', async () => {
  const server = await startMailServer();
  const [gone, blocked, full] = people;
  const answers: Record<string, string> = {
    [gone!.email]: '550 5.1.1 no such user',
    [blocked!.email]: '550 5.7.1 policy',
    [full!.email]: '552 5.2.2 mailbox full',
  };
  server.refuse = (email) => answers[email];
  const ctx = sendingTo(server.url);
  const parcels = [gone!, blocked!, full!].map(parcelFor);
  // Twice in one batch is tried once.
  await sendMail(ctx, [
    ...parcels,
    ...Array.from({ length: 20 }, () => parcelFor(people[5]!)),
    parcelFor(gone!),
  ]);
  expect(await bounces()).toEqual([[gone!.email, '550 5.1.1']]);
  server.refuse = () => undefined;
  const before = server.received.length;
  expect(await sendMail(ctx, [gone!, blocked!, full!].map(parcelFor))).toEqual([
    { kind: 'suppressed', reason: 'bounced' },
    { kind: 'sent' },
    { kind: 'sent' },
  ]);
  expect(server.received.slice(before).map((one) => one.to)).not.toContain(gone!.email);
  ctx.mail.close();
});

test('nothing is kept of an address that no account has', async () => {
  const server = await startMailServer();
  server.refuse = () => '550 5.1.1 no such user';
  const ctx = sendingTo(server.url);
  const stranger = { id: people[0]!.id, email: 'stranger@example.org' };
  expect(await sendMail(ctx, [parcelFor(stranger)])).toEqual([{ kind: 'failed', reason: 'bounced' }]);
  expect(await bounces()).toEqual([]);
  await world.ctx.db
    .insertInto('mail_bounces')
    .values(
      [people[0]!.email, stranger.email].map((email) => ({ email, at: world.clock.now(), reason: '550' })),
    )
    .execute();
  world.clock.advance(2 * 24 * 3_600_000);
  await world.sweep();
  expect(await bounces()).toEqual([[people[0]!.email, '550']]);
  ctx.mail.close();
});

test('a server that is away costs a batch a few tries, not one each, and everything comes again', async () => {
  const parcels = Array.from({ length: 200 }, (_, index) => parcelFor(people[index % people.length]!));
  const away = sendingTo('smtp://127.0.0.1:9');
  let tries = 0;
  const counted = {
    ...away,
    mail: {
      ...away.mail,
      send: (...given: Parameters<Ctx['mail']['send']>) => {
        tries += 1;
        return away.mail.send(...given);
      },
    },
  };
  const outcomes = await sendMail(counted, parcels);
  expect(outcomes).toHaveLength(200);
  expect(new Set(outcomes.map((one) => JSON.stringify(one)))).toEqual(
    new Set([JSON.stringify({ kind: 'retry', reason: 'unavailable', status: 'ECONNREFUSED' })]),
  );
  expect(tries).toBeLessThan(15);
  away.mail.close();
  const server = await startMailServer();
  const back = sendingTo(server.url);
  const again = await sendMail(back, parcels);
  expect(again.every((one) => one.kind === 'sent')).toBe(true);
  expect(new Set(server.received.map((one) => one.parsed.messageId)).size).toBe(200);
  back.mail.close();
});

test('a server that wants fewer connections slows a batch down and does not stop it', async () => {
  const server = await startMailServer({ maxClients: 2, takesMs: 5 });
  const ctx = sendingTo(server.url);
  const outcomes = await sendMail(
    ctx,
    Array.from({ length: 100 }, () => parcelFor(people[0]!)),
  );
  const sent = outcomes.filter((one) => one.kind === 'sent').length;
  expect(sent).toBeGreaterThanOrEqual(95);
  expect(outcomes.filter((one) => one.kind === 'retry').length).toBe(100 - sent);
  ctx.mail.close();
});

test('credentials that no longer work are tried again, loudly and without saying them', async () => {
  const server = await startMailServer({
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(Object.assign(new Error('5.7.8 wrong'), { responseCode: 535 })),
  });
  const ctx = sendingTo(server.url.replace('://', '://holdfast:swordfish@'));
  expect(await sendMail(ctx, [parcelFor(people[0]!)])).toEqual([
    { kind: 'retry', reason: 'sender_refused', status: '535 5.7.8' },
  ]);
  expect(lines.map((line) => JSON.parse(line).level)).toContain('error');
  expect(lines.join()).not.toMatch(/swordfish|@example/);
  ctx.mail.close();
});

test('no parcels are no work', async () => {
  expect(await sendMail(world.ctx, [])).toEqual([]);
});
