import { hash, verify } from '@node-rs/argon2';
import { AppError, invalidField } from '../errors.ts';

// argon2id (algorithm 2) with OWASP's minimum: 19 MiB, two passes, one lane. The work runs on libuv's threads,
// so no more than a handful are computed at once however many ask.
const cost = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// The hash of a password that nobody knows, with the same cost: checked when there is no account, so that the
// answer takes as long as for a wrong password.
const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$8/YqoFyJKnLYowT19er5zA$UyKV2wUb2nVTlqkWajTwn7bGMxogvbGNLxNGV67tHRY';

/** In place of a hash: no password fits it. */
export const unusableHash = '!';

/** Hashes with argon2id; the same text typed on different keyboards (composed or not) is the same password. */
export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFKC'), cost);

/** Whether the password fits; exactly one argon2 computation, also when there is no hash to compare with. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  const isUsable = passwordHash !== undefined && passwordHash !== unusableHash;
  const fits = await verify(isUsable ? passwordHash : nobodysHash, password.normalize('NFKC'));
  return isUsable && fits;
}

/** Refuses a password that anybody who knows the person would try first. Throws validation_failed. */
export function requireDecentPassword(
  password: string,
  person: { email: string; name: string },
  field: 'password' | 'newPassword',
): void {
  const given = password.trim().toLowerCase();
  if (given !== person.email && given !== person.name.trim().toLowerCase()) return;
  throw invalidField(`body.${field}`, 'must not be the e-mail address or the name');
}

export const wrongCredentials = () =>
  new AppError('invalid_credentials', 'The e-mail address or the password is wrong.');
