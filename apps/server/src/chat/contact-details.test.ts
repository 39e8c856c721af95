import { chat } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { confirmedBooking } from '../../test/jobs.ts';
import { createPerson } from '../../test/people.ts';
import { newName, openRoomOf } from '../../test/talk.ts';
import { startWorld, type World } from '../../test/world.ts';
import { hasContactDetails } from './contact-details.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

test.each([
  'Call me: +43 660 123 45 67',
  'my number is 0660/1234567',
  'write to ada@example.org',
  'ada@mail.example.org',
  'Ada@Müller.at',
  'ada (at) example (dot) org',
  'zoë.müller+x@mail.exämple.org',
  `${'x'.repeat(3900)}@example.org`,
  'pay me at paypal.me/carl',
  'AT61 1904 3002 3457 3201',
])('%s leads past the platform', (text) => {
  expect(hasContactDetails(text)).toBe(true);
});

test.each([
  'Tomorrow at 9:30 or 10:15?',
  'That makes 12,500.00 EUR in all',
  'Two walls of 250 x 300 cm, 30 m²',
  'Am 24.11.2026 um 9 Uhr',
  'Neubaugasse 12/4, 1070 Wien',
  'We meet @ noon. Bring paint',
  'x'.repeat(4000),
])('%s is about the work', (text) => {
  expect(hasContactDetails(text)).toBe(false);
});

// Every message is looked at on the one thread that serves everybody.
test.each([
  ['a long word', 'x'],
  ['digits', '1'],
  ['digits apart', '1 '],
  ['names without an end', 'a.'],
  ['at signs', 'a@'],
  ['an endless domain', '@a'],
  ['days', '1.1.'],
  ['account numbers', 'AB12 '],
  ['brackets', 'a(at)'],
])('%s as long as a message may be take no time to look at', (_name, piece) => {
  const text = piece.repeat(4000).slice(0, 4000);
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    hasContactDetails(text);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(5);
});

test('such a message is marked until the two have a booking', async () => {
  const ada = await createPerson(world, { role: 'customer' });
  const carl = await createPerson(world, { role: 'contractor' });
  const { id } = await openRoomOf(ada, carl);
  const say = (message: string) =>
    ada.client.call(chat.send, { params: { id }, body: { clientMessageId: newName(), message } });
  expect((await say('Call me: +43 660 123 45 67')).isFlagged).toBe(true);
  expect((await say('Tomorrow at nine?')).isFlagged).toBe(false);
  const { messages } = await carl.client.call(chat.history, { params: { id }, query: {} });
  expect(messages.map(({ isFlagged }) => isFlagged)).toEqual([true, false]);
  await confirmedBooking(ada, carl);
  expect((await say('Call me: +43 660 123 45 67')).isFlagged).toBe(false);
});
