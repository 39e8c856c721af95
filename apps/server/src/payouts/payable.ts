import { asProviderError, findAccount, refreshAccount } from '../connect/connect.ts';
import type { Ctx } from '../context.ts';
import type { ConnectedAccountRow } from '../db/tables/payments.ts';
import { AppError } from '../errors.ts';

/** An account that Stripe pays out from. */
export type PayableAccount = ConnectedAccountRow & { stripe_account_id: string };

/**
 * The contractor's account, if Stripe pays out from it. What we know may be old: before refusing, Stripe is asked.
 * Errors: onboarding_required with the reasons and what to do, payment_provider_failed.
 */
export async function requirePayable(ctx: Ctx, userId: string): Promise<PayableAccount> {
  const known = await findAccount(ctx.db, userId);
  if (isPayable(known)) return known;
  const account =
    known?.stripe_account_id == null
      ? undefined
      : await refreshAccount(ctx, known.stripe_account_id).catch((error) => {
          throw asProviderError(error);
        });
  if (isPayable(account)) return account;
  throw notPayable(account);
}

const isPayable = (account: ConnectedAccountRow | undefined): account is PayableAccount =>
  account !== undefined && account.stripe_account_id !== null && account.payouts_enabled;

export const notPayable = (account: ConnectedAccountRow | undefined): AppError =>
  new AppError('onboarding_required', whyNot(account));

const connect = 'POST /api/payouts/connect';

function whyNot(account: ConnectedAccountRow | undefined): string {
  if (account === undefined || account.stripe_account_id === null)
    return `Complete the onboarding (${connect}) before withdrawing.`;
  const { disabled_reason: reason, requirements_due: due } = account;
  if (account.closed_at !== null)
    return `The Stripe account was closed or disconnected, so nothing can be withdrawn from it. ${connect} makes another.`;
  if (!account.details_submitted) return `Complete the onboarding (${connect}) before withdrawing.`;
  const off = `Stripe has switched payouts off for this account${reason === null ? '' : ` (${reason})`}`;
  if (due.length > 0)
    return `${off} and asks for: ${due.join(', ')}. Open the link of ${connect} and give what is missing.`;
  if (reason?.startsWith('rejected'))
    return `${off} for good. Stripe's support, reached through the link of ${connect}, can say why.`;
  return `${off} and asks for nothing more. Look at the account through the link of ${connect}, or try again later.`;
}
