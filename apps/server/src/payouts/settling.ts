import type { Ctx } from '../context.ts';

/** Money of the account that Stripe has not made available yet: minor units, negative where it was taken back. */
export type Settling = { currency: string; amountMinor: number; availableAt: Date };

// Nothing settles later than this after it came in, and nobody waits for an answer longer than these pages take.
const windowSeconds = 60 * 86_400;
const maximumRead = 1000;

/** What is settling at the account, soonest first. Errors: whatever the call to Stripe throws. */
export async function settlingMoney(ctx: Ctx, stripeAccountId: string): Promise<Settling[]> {
  const since = Math.floor(ctx.clock.now().getTime() / 1000) - windowSeconds;
  const settling: Settling[] = [];
  let read = 0;
  for await (const movement of ctx.stripe.balanceTransactions.list(
    { limit: 100, created: { gte: since } },
    { stripeAccount: stripeAccountId },
  )) {
    if (movement.status === 'pending')
      settling.push({
        currency: movement.currency,
        amountMinor: movement.net,
        availableAt: new Date(movement.available_on * 1000),
      });
    read += 1;
    if (read >= maximumRead) break;
  }
  return settling.sort((one, other) => one.availableAt.getTime() - other.availableAt.getTime());
}

/** When the settled money of a currency reaches what is wanted; null if what is settling does not make up for it. */
export function reachedAt(
  settling: readonly Settling[],
  currency: string,
  settledMinor: number,
  wantedMinor: number,
): Date | null {
  let reachedMinor = settledMinor;
  for (const part of settling) {
    if (part.currency !== currency) continue;
    reachedMinor += part.amountMinor;
    if (reachedMinor >= wantedMinor) return part.availableAt;
  }
  return null;
}
