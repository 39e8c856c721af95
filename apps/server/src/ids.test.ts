import { idOf } from '@holdfast/contract';
import { expect, test } from 'vitest';
import { newId } from './ids.ts';

test('an identifier has the shape that the contract asks for, and never comes twice', () => {
  const ids = Array.from({ length: 5000 }, () => newId('job'));
  for (const id of ids) expect(idOf('job').safeParse(id).success).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every letter is as likely as any other', () => {
  const counts = new Map<string, number>();
  for (let round = 0; round < 5000; round += 1)
    for (const letter of newId('x').slice(2)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(62);
  // 110 000 letters, 1774 of each expected; six standard deviations are about 250.
  for (const [letter, count] of counts) expect(Math.abs(count - 1774), letter).toBeLessThan(300);
});
