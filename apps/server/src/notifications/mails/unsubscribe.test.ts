import { notificationTypes } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson, forgetRateLimits, type Person } from '../../../test/people.ts';
import { startWorld, type World } from '../../../test/world.ts';
import { readOneClick } from './one-click.ts';
import { readToken, unsubscribeLinks } from './unsubscribe-token.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ config: { platformName: 'Jobs & Co' } });
});
afterAll(() => world.stop());

const oneClick = 'List-Unsubscribe=One-Click';
const urlencoded = 'application/x-www-form-urlencoded';

async function linkOf(person: Person, scope: 'job.posted' | 'everything' = 'job.posted'): Promise<string> {
  const link = (await unsubscribeLinks(world.ctx))(person.id, scope);
  expect(link.startsWith(`${world.ctx.config.publicUrl}/api/unsubscribe?token=`)).toBe(true);
  return `${world.url}${new URL(link).pathname}${new URL(link).search}`;
}

async function post(url: string, body: string | FormData | undefined, type?: string): Promise<Response> {
  await forgetRateLimits(world);
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  return fetch(url, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
}

const switchedOff = async (person: Person) =>
  (
    await world.ctx.db
      .selectFrom('notification_preferences')
      .selectAll()
      .where('user_id', '=', person.id)
      .execute()
  ).map((row) => [row.type, row.channel, row.enabled]);

test('one POST without a login switches off exactly these mails of exactly this person; once more changes nothing', async () => {
  const [person, other] = await Promise.all([1, 2].map(() => createPerson(world, { role: 'contractor' })));
  const url = await linkOf(person!);
  for (let click = 0; click < 2; click += 1) {
    const answer = await post(url, oneClick, urlencoded);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(
      'Jobs &amp; Co no longer sends you e-mails about new jobs near you',
    );
    expect(await switchedOff(person!)).toEqual([['job.posted', 'email', false]]);
  }
  expect(await switchedOff(other!)).toEqual([]);
});

test('the form comes in either encoding, as mail programs write them', async () => {
  const form = new FormData();
  form.set('List-Unsubscribe', 'One-Click');
  const person = await createPerson(world, { role: 'contractor' });
  expect((await post(await linkOf(person), form)).status).toBe(200);
  expect(await switchedOff(person)).toHaveLength(1);
  const lines = [
    '--x',
    'Content-Disposition: form-data; name="List-Unsubscribe"',
    '',
    'One-Click',
    '--x--',
    '',
  ];
  for (const end of ['\r\n', '\n'])
    expect(readOneClick('multipart/form-data; boundary=x', lines.join(end))).toEqual({
      'List-Unsubscribe': 'One-Click',
    });
  const typed = [lines[0], lines[1], 'Content-Type: text/plain', ...lines.slice(2)].join('\r\n');
  expect(readOneClick('Multipart/Form-Data; boundary=x', typed)).toEqual({ 'List-Unsubscribe': 'One-Click' });
  expect(readOneClick(`${urlencoded}; charset=utf-8`, `a=b&${oneClick}`)).toEqual({
    'List-Unsubscribe': 'One-Click',
  });
});

test('reading the page changes nothing, since programs follow links; its button does what it says', async () => {
  const person = await createPerson(world, { role: 'contractor' });
  await world.ctx.db.updateTable('users').set({ locale: 'de-AT' }).where('id', '=', person.id).execute();
  const url = await linkOf(person);
  const page = await fetch(url);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  const text = await page.text();
  expect(text).toContain('<html lang="de">');
  expect(text).toContain('neue Aufträge in Ihrer Nähe');
  expect(await switchedOff(person)).toEqual([]);
  const [, action] = /action="([^"]+)"/.exec(text)!;
  const [, name, value] = /name="([^"]+)" value="([^"]+)"/.exec(text)!;
  const target = new URL(action!.replaceAll('&amp;', '&'), world.url).href;
  expect((await post(target, `${name}=${value}`, urlencoded)).status).toBe(200);
  expect(await switchedOff(person)).toEqual([['job.posted', 'email', false]]);
});

test('the link of a mail of several things switches all off but what is about the safety of the account', async () => {
  const person = await createPerson(world, { role: 'customer' });
  expect((await post(await linkOf(person, 'everything'), oneClick, urlencoded)).status).toBe(200);
  const off = await switchedOff(person);
  expect(off.map(([type]) => type).toSorted()).toEqual(
    notificationTypes.filter((type) => !type.startsWith('account.')).toSorted(),
  );
  expect(off.every(([, channel, enabled]) => channel === 'email' && enabled === false)).toBe(true);
});

test('a link that is not ours, is for something else or for nobody, is none', async () => {
  const [person, other, gone] = await Promise.all(
    [1, 2, 3].map(() => createPerson(world, { role: 'customer' })),
  );
  const url = await linkOf(person!);
  const token = new URL(url).searchParams.get('token')!;
  const signature = token.split('.').at(-1)!;
  const secure = (await unsubscribeLinks(world.ctx))(person!.id, 'account.signed_in');
  const goneUrl = await linkOf(gone!);
  await world.ctx.db
    .updateTable('users')
    .set({ deleted_at: world.clock.now() })
    .where('id', '=', gone!.id)
    .execute();
  const wrong = [
    token.replace(person!.id, other!.id),
    token.replace('job.posted', 'payment.received'),
    token.replace('job.posted', 'everything'),
    `${person!.id}.job.posted.${'A'.repeat(43)}`,
    `${person!.id}.account.signed_in.${signature}`,
    new URL(secure).searchParams.get('token')!,
    new URL(goneUrl).searchParams.get('token')!,
  ];
  for (const one of wrong)
    for (const answer of [
      await post(`${world.url}/api/unsubscribe?token=${one}`, oneClick, urlencoded),
      await fetch(`${world.url}/api/unsubscribe?token=${one}`),
    ])
      expect([answer.status, ((await answer.json()) as { code: string }).code], one).toEqual([
        404,
        'not_found',
      ]);
  for (const one of ['', 'x', token.slice(0, -1), `${token}x`, `${token}%00`, 'a'.repeat(5000)])
    expect((await post(`${world.url}/api/unsubscribe?token=${one}`, oneClick, urlencoded)).status).toBe(400);
  for (const person_ of [person!, other!, gone!]) expect(await switchedOff(person_)).toEqual([]);
  expect(await readToken(world.ctx, token)).toEqual({ userId: person!.id, scope: 'job.posted' });
});

test('a POST that does not say One-Click is refused and changes nothing', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const url = await linkOf(person);
  expect((await post(url, undefined)).status).toBe(400);
  expect((await post(url, '', urlencoded)).status).toBe(400);
  expect((await post(url, 'List-Unsubscribe=Maybe', urlencoded)).status).toBe(400);
  expect((await post(url, `{"List-Unsubscribe":"One-Click"}`, 'application/json')).status).toBe(415);
  expect((await post(url, oneClick + 'x'.repeat(5000), urlencoded)).status).toBe(413);
  expect(await switchedOff(person)).toEqual([]);
});

test('clicks are limited for each network address, widely: providers send those of many people', async () => {
  const person = await createPerson(world, { role: 'customer' });
  const url = await linkOf(person);
  await post(url, oneClick, urlencoded);
  await world.ctx.db
    .updateTable('rate_limits')
    .set({ taken: 3000 })
    .where('key', 'like', 'unsubscribe%')
    .execute();
  expect((await fetch(url)).status).toBe(429);
  await forgetRateLimits(world);
});
