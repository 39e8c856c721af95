import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { chat as api, type Room } from '@holdfast/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveSockets } from '../test/live.ts';
import { createPerson, type Person } from '../test/people.ts';
import { startWorld, type World } from '../test/world.ts';
import type { Sockets } from './ws/sockets.ts';

let world: World;
let sockets: Sockets;
let socketUrl: string;
let customer: Person;
let contractor: Person;
let room: Room;

beforeAll(async () => {
  world = await startWorld();
  sockets = liveSockets(world);
  socketUrl = `ws://127.0.0.1:${await sockets.listen(0, '127.0.0.1')}`;
  customer = await createPerson(world, { role: 'customer' });
  contractor = await createPerson(world, { role: 'contractor' });
  room = await customer.client.call(api.openRoom, { body: { userId: contractor.id } });
});

afterAll(async () => {
  await sockets.stop();
  await world.stop();
});

const cli = new URL('./chat-cli.ts', import.meta.url).pathname;

function run(person: { email: string; password: string }, options: string[] = []) {
  const child = spawn(
    process.execPath,
    [
      cli,
      ...['--as', person.email, '--password', person.password],
      ...['--api', world.url, '--socket', socketUrl],
      ...options,
    ],
    { cwd: tmpdir() },
  );
  const heard = { output: '', errors: '' };
  child.stdout.on('data', (chunk) => {
    heard.output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    heard.errors += chunk;
  });
  return { child, heard, ended: once(child, 'close') };
}

const sees = (one: ReturnType<typeof run>, text: string) =>
  expect.poll(() => one.heard.output).toContain(text);

test('two terminals talk; what was said before is shown; the end of the input ends it', async () => {
  const carl = run(contractor);
  await sees(carl, `1  ${customer.name}`);
  carl.child.stdin.write('7\n1\n');
  await sees(carl, 'A number from 1 to 1, please.');
  await sees(carl, '(connected)');
  const cora = run(customer, ['--with', contractor.id]);
  cora.child.stdin.end('Tomorrow at nine?\n\nOr\u001b[2J eleven?\nOr\u009b2J ten?\n');
  await cora.ended;
  expect(cora.heard.output).toContain('(not sent: validation_failed: message: must not contain');
  expect(cora.heard.output).toContain('2 you: Or2J ten?');
  await sees(carl, `1 ${customer.name}: Tomorrow at nine?`);
  await sees(carl, `2 ${customer.name}: Or2J ten?`);
  carl.child.stdin.end('Ten.\n');
  await carl.ended;
  expect(carl.heard.output).toContain('3 you: Ten.');
  expect([cora.child.exitCode, carl.child.exitCode]).toEqual([0, 0]);
  const late = run(customer, ['--room', room.id]);
  late.child.stdin.end();
  await late.ended;
  expect(late.heard.output).toContain(`3 ${contractor.name}: Ten.`);
});

test('mistakes are told in a line', async () => {
  const wrong = run({ email: customer.email, password: 'not this one' });
  await wrong.ended;
  expect(wrong.heard.errors).toMatch(/^401 invalid_credentials: .*\n$/);
  expect(wrong.child.exitCode).toBe(1);
  const both = run(customer, ['--room', room.id, '--with', contractor.id]);
  await both.ended;
  expect(both.heard.errors).toMatch(/^Usage: /);
});
