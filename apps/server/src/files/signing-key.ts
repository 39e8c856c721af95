import { randomBytes } from 'node:crypto';
import type { Ctx } from '../context.ts';

const name = 'file-links';
const known = new WeakMap<Ctx['pool'], Promise<Buffer>>();

/** The secret of all links, the same in every process; the first one that asks makes it. */
export function signingKey(ctx: Ctx): Promise<Buffer> {
  const found = known.get(ctx.pool);
  if (found !== undefined) return found;
  const key = readOrMake(ctx);
  known.set(ctx.pool, key);
  // Not remembered when it failed: the next one asks again.
  key.catch(() => known.delete(ctx.pool));
  return key;
}

async function readOrMake(ctx: Ctx): Promise<Buffer> {
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
