import type { Currency } from '@holdfast/contract';
import { sql } from 'kysely';
import { getUser } from '../accounts/accounts.ts';
import { recordAdminAction } from '../admin/admin.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Actor } from '../http/authenticate.ts';
import { forgiveDebt, outstandingDebt } from '../payments/payments.ts';

type Debt = {
  contractor: { id: string; name: string };
  debt: { amount: number; currency: Currency };
};

const maximum = 500;

/** What contractors owe, most first in each currency. */
export async function listDebts(ctx: Ctx): Promise<{ items: Debt[] }> {
  const { rows } = await sql<{ id: string; name: string; amount: number; currency: Currency }>`
    select users.id, users.name, currency, sum(amount_minor)::bigint as amount
    from ledger_lines join users on users.id = user_id
    where account = 'contractor_debt'
    group by users.id, currency having sum(amount_minor) > 0
    order by currency, amount desc, users.id limit ${maximum}`.execute(ctx.db);
  return {
    items: rows.map(({ id, name, amount, currency }) => ({
      contractor: { id, name },
      debt: { amount, currency },
    })),
  };
}

type Wish = { currency: Currency; amount: number; reason: string; requestKey: string };

/** Gives a debt up; answers what is still owed. Errors: not_found, validation_failed (less is owed). */
export function forgive(
  ctx: Ctx,
  actor: Actor,
  contractorId: string,
  { currency, amount, reason, requestKey }: Wish,
): Promise<Debt> {
  return inTransaction(ctx.db, async (tx) => {
    const contractor = await getUser(tx, contractorId);
    const isNew = await forgiveDebt(ctx, tx, contractorId, {
      currency,
      amountMinor: amount,
      request: `${actor.userId}:${requestKey}`,
    });
    const leftMinor = await outstandingDebt(tx, contractorId, currency);
    if (isNew)
      await recordAdminAction(tx, ctx.clock.now(), {
        adminId: actor.userId,
        action: 'debt.forgive',
        subject: contractorId,
        details: { currency, amountMinor: amount, reason },
      });
    return {
      contractor: { id: contractorId, name: contractor.name },
      debt: { amount: leftMinor, currency },
    };
  });
}
