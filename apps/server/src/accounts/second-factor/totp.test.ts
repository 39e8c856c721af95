import { expect, test } from 'vitest';
import { base32, codeOf, otpauthUri, stepOf } from './totp.ts';

const secret = Buffer.from('12345678901234567890');
const at = (seconds: number) => new Date(seconds * 1000);

test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('RFC 6238 appendix B: at %i seconds the code ends the published one', (seconds, published) => {
  const code = published.slice(2);
  expect(codeOf(secret, Math.floor(seconds / 30))).toBe(code);
  expect(stepOf(secret, code, at(seconds))).toBe(Math.floor(seconds / 30));
});

test('RFC 4226 appendix D: the first ten codes', () => {
  const published = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');
  expect(published.map((_code, step) => codeOf(secret, step))).toEqual(published);
});

test('a code is good for one step to either side and no further', () => {
  const code = codeOf(secret, 100);
  const isGood = (step: number) => stepOf(secret, code, at(step * 30)) === 100;
  expect([98, 99, 100, 101, 102].map(isGood)).toEqual([false, true, true, true, false]);
});

test('what is no code is wrong', () => {
  for (const code of ['', '1', '1234567', 'abcdef', '００００００'])
    expect(stepOf(secret, code, at(59))).toBeUndefined();
});

test('the secret as apps take it', () => {
  expect(base32(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(base32(Buffer.from('foobar-fooba'.slice(0, 10)))).toBe('MZXW6YTBOIWWM33P');
  expect(otpauthUri(secret, 'a+b@example.org')).toBe(
    'otpauth://totp/Holdfast:a%2Bb%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Holdfast',
  );
});
