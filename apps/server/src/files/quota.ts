import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import { AppError } from '../errors.ts';

/** Requires room for so many bytes more in what this person may store. Uploads of one person wait for each other here. */
export async function requireQuota(ctx: Ctx, tx: Tx, userId: string, bytes: number): Promise<void> {
  const account = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (account === undefined) throw new AppError('token_expired', 'This account is deleted.');
  const { stored } = await tx
    .selectFrom('files')
    .select((select) => select.fn.coalesce(select.fn.sum<number>('stored_bytes'), select.lit(0)).as('stored'))
    .where('uploaded_by', '=', userId)
    .where('state', '!=', 'rejected')
    .executeTakeFirstOrThrow();
  if (Number(stored) + bytes > ctx.config.uploadQuotaBytes)
    throw new AppError(
      'quota_exceeded',
      `All files of an account may have ${ctx.config.uploadQuotaBytes} bytes, and ${stored} are used. Delete some first.`,
    );
}
