import type { Stripe } from '../vendors/stripe.ts';
import { transferOf } from './compare-reversals.ts';
import type { Pass } from './pass.ts';
import { readAccount, readObject } from './read-stripe.ts';

type Movement = Stripe.BalanceTransaction;
type Found = string | Movement | null | undefined;

/** The movement that one object has caused, found by the object itself, whenever that was. */
export async function findMovement(
  pass: Pass,
  account: string,
  kind: string,
  source: string,
): Promise<Movement | undefined | 'unreadable'> {
  if (account === 'platform') return whole(await onPlatform(pass, kind, source));
  const found = await readAccount(
    pass,
    account,
    async () => (await onConnected(pass, account, kind, source)) ?? null,
  );
  return pass.unreadable.has(account) ? 'unreadable' : whole(found);
}

const expand = ['balance_transaction'];

async function onPlatform(pass: Pass, kind: string, source: string): Promise<Found> {
  const { balanceTransactions, charges, refunds, transfers } = pass.ctx.stripe;
  if (kind === 'chargeback') return readObject(pass, () => balanceTransactions.retrieve(source));
  if (kind === 'reversal') {
    const transferId = await transferOf(pass, source);
    return (await readObject(pass, () => transfers.retrieveReversal(transferId, source, { expand })))
      ?.balance_transaction;
  }
  if (kind === 'charge')
    return (await readObject(pass, () => charges.retrieve(source, { expand })))?.balance_transaction;
  if (kind === 'transfer')
    return (await readObject(pass, () => transfers.retrieve(source, { expand })))?.balance_transaction;
  if (kind === 'refund')
    return (await readObject(pass, () => refunds.retrieve(source, { expand })))?.balance_transaction;
  if (kind === 'refund_failure') {
    const failed = { expand: ['failure_balance_transaction'] };
    return (await readObject(pass, () => refunds.retrieve(source, failed)))?.failure_balance_transaction;
  }
  return undefined;
}

async function onConnected(pass: Pass, stripeAccount: string, kind: string, source: string): Promise<Found> {
  const { charges, payouts, refunds, transfers } = pass.ctx.stripe;
  const there = { stripeAccount };
  if (kind === 'payout')
    return (await readObject(pass, () => payouts.retrieve(source, { expand }, there)))?.balance_transaction;
  if (kind === 'payout_return') {
    const failed = { expand: ['failure_balance_transaction'] };
    return (await readObject(pass, () => payouts.retrieve(source, failed, there)))
      ?.failure_balance_transaction;
  }
  if (kind === 'reversal') {
    const transferId = await transferOf(pass, source);
    const reversal = await readObject(pass, () => transfers.retrieveReversal(transferId, source));
    const refundId = idOf(reversal?.destination_payment_refund ?? null);
    if (refundId === undefined) return undefined;
    const refund = await readObject(pass, () => refunds.retrieve(refundId, { expand }, there));
    const movement = whole(refund?.balance_transaction);
    return movement === undefined ? undefined : { ...movement, source: refund! };
  }
  if (kind === 'arrival') {
    const transfer = await readObject(pass, () => transfers.retrieve(source));
    const arrived = transfer?.destination_payment;
    if (arrived == null) return undefined;
    const id = typeof arrived === 'string' ? arrived : arrived.id;
    const charge = await readObject(pass, () =>
      charges.retrieve(id, { expand: ['balance_transaction', 'source_transfer'] }, there),
    );
    const movement = whole(charge?.balance_transaction);
    return movement === undefined ? undefined : { ...movement, source: charge! };
  }
  return undefined;
}

const idOf = (one: string | { id: string } | null): string | undefined =>
  typeof one === 'string' ? one : one?.id;

const whole = (found: Found): Movement | undefined =>
  found === null || typeof found === 'string' ? undefined : found;
