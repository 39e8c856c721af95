import * as argon2 from '@node-rs/argon2';
import { expect, test, vi } from 'vitest';
import { hashPassword, requireDecentPassword, unusableHash, verifyPassword } from './passwords.ts';

vi.mock('@node-rs/argon2', async (load) => {
  const real = await load<typeof argon2>();
  return { ...real, verify: vi.fn(real.verify) };
});

test('nobody’s hash costs what everybody’s costs: argon2id, 19 MiB, two passes, one lane', async () => {
  const made = await hashPassword('correct horse battery');
  expect(made).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword(undefined, 'correct horse battery')).toBe(false);
  const nobodys = String(vi.mocked(argon2.verify).mock.calls.at(-1)?.[0]);
  expect(argon2.parseOptions(nobodys)).toEqual(argon2.parseOptions(made));
});

test('a password fits its own hash only, and none fits the unusable one', async () => {
  const made = await hashPassword('correct horse battery');
  expect(await verifyPassword(made, 'correct horse battery')).toBe(true);
  expect(await verifyPassword(made, 'correct horse batterz')).toBe(false);
  expect(await verifyPassword(unusableHash, unusableHash)).toBe(false);
});

test('composed and decomposed letters are the same password', async () => {
  const made = await hashPassword('gr\u00fc\u00dfe aus wien');
  expect(await verifyPassword(made, 'gru\u0308\u00dfe aus wien')).toBe(true);
});

test('the name and the address are no passwords, whatever the case', () => {
  const person = { email: 'ada@example.org', name: 'Ada Fischer' };
  for (const password of ['ADA@example.org', ' ada fischer'])
    expect(() => requireDecentPassword(password, person, 'password')).toThrow('must not be');
  expect(() => requireDecentPassword('ada fischer 1815', person, 'password')).not.toThrow();
});
