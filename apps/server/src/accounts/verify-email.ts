import type { accounts, InputOf, SignedIn } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { claimAddress, lockAddress } from './claim-address.ts';
import { dropCodes, invalidCode, requireCode, spendCode } from './codes.ts';
import type { Origin } from './origin.ts';
import { presentMe } from './present.ts';
import { openSession } from './sessions.ts';

/**
 * Proves the address of a registration and signs in. Every other unproven registration of the address dies in
 * the same transaction; of two proofs at once one wins. Throws invalid_code.
 */
export async function verifyEmail(
  ctx: Ctx,
  input: InputOf<typeof accounts.verifyEmail>['body'],
  origin: Origin,
): Promise<SignedIn> {
  const proof = await requireCode(ctx, { ...input, purpose: 'verify-email' });
  return inTransaction(ctx.db, async (tx) => {
    const now = ctx.clock.now();
    const claimants = await lockAddress(tx, proof.email);
    if (!claimants.has(input.userId)) throw invalidCode();
    await spendCode(tx, proof);
    await claimAddress(tx, now, input.userId, proof.email);
    await dropCodes(tx, input.userId);
    const tokens = await openSession(tx, now, input.userId, origin);
    const user = await tx
      .selectFrom('users')
      .selectAll()
      .where('id', '=', input.userId)
      .executeTakeFirstOrThrow();
    return { ...tokens, user: await presentMe(tx, user) };
  });
}
