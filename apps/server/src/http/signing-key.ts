import { randomBytes } from 'node:crypto';
import type { Ctx } from '../context.ts';

/** What is signed: every purpose has a secret of its own, so that no signature fits anything else. */
export type SigningPurpose = 'file-links' | 'unsubscribe';

const known = new WeakMap<Ctx['pool'], Map<SigningPurpose, Promise<Buffer>>>();

/** The secret of a purpose, the same in every process; the first one that asks makes it. */
export function signingKey(ctx: Ctx, purpose: SigningPurpose): Promise<Buffer> {
  const keys = known.get(ctx.pool) ?? new Map<SigningPurpose, Promise<Buffer>>();
  known.set(ctx.pool, keys);
  const found = keys.get(purpose);
  if (found !== undefined) return found;
  const key = readOrMake(ctx, purpose);
  keys.set(purpose, key);
  // Not remembered when it failed: the next one asks again.
  key.catch(() => keys.delete(purpose));
  return key;
}

async function readOrMake(ctx: Ctx, name: SigningPurpose): Promise<Buffer> {
  const read = () =>
    ctx.db.selectFrom('signing_keys').select('secret').where('name', '=', name).executeTakeFirst();
  const found = await read();
  if (found !== undefined) return found.secret;
  await ctx.db
    .insertInto('signing_keys')
    .values({ name, secret: randomBytes(32), created_at: ctx.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await read())!.secret;
}
