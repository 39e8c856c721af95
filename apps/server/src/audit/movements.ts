import type { Stripe } from '../vendors/stripe.ts';
import { accountsIn } from './accounts.ts';
import { type Comparison, compare, type Theirs } from './compare.ts';
import { expectedOf } from './expected-movements.ts';
import { findMovement } from './find-movement.ts';
import type { Suspect } from './findings.ts';
import { createdIn, type Pass } from './pass.ts';
import { flat, pages, readable } from './read-stripe.ts';

/**
 * The movements of the platform's balance that only Holdfast may cause, by Stripe's type, with our word for them. All
 * others are the operator's or Stripe's own and are left alone: payouts of the platform's income to its bank and what
 * becomes of them (payout, payout_failure, payout_cancel), top-ups, fees that Stripe bills by themselves (stripe_fee,
 * …), reserves, and adjustments that are not a chargeback's.
 */
const onPlatform = new Map([
  ['charge', 'charge'],
  ['payment', 'charge'],
  ['refund', 'refund'],
  ['payment_refund', 'refund'],
  ['refund_failure', 'refund_failure'],
  ['payment_failure_refund', 'refund_failure'],
  ['transfer', 'transfer'],
  ['transfer_refund', 'reversal'],
  ['transfer_failure', 'reversal'],
  ['transfer_cancel', 'reversal'],
]);

/** Our word for a movement of the platform's balance; undefined if it is none of ours. */
export const kindOnPlatform = (movement: Stripe.BalanceTransaction): string | undefined =>
  movement.type === 'adjustment' && movement.reporting_category.startsWith('dispute')
    ? 'chargeback'
    : onPlatform.get(movement.type);

/** On a connected account everything is ours: it is there for what we transfer and pay out, and for nothing else. */
const onConnected = new Map([
  ['payment', 'arrival'],
  ['payment_refund', 'reversal'],
  ['payout', 'payout'],
  ['payout_failure', 'payout_return'],
  ['payout_cancel', 'payout_return'],
]);

export const comparePlatformMovements = (pass: Pass): Promise<Suspect[]> =>
  compare(pass, {
    ...sidesOf('platform'),
    theirs: () =>
      flat(
        pages(pass, (paging) => pass.ctx.stripe.balanceTransactions.list({ ...createdIn(pass), ...paging })),
        (movement) => {
          const kind = kindOnPlatform(movement);
          return kind === undefined ? [] : [present('platform', kind, movement)];
        },
      ),
  });

export const compareConnectedMovements = (pass: Pass): Promise<Suspect[]> =>
  compare(pass, {
    ...sidesOf('connected'),
    theirs: async function* () {
      for await (const stripeAccount of accountsIn(pass)) {
        const list = pages(pass, (paging) =>
          pass.ctx.stripe.balanceTransactions.list(
            { ...createdIn(pass), ...paging, expand: ['data.source'] },
            { stripeAccount },
          ),
        );
        const side = (movement: Stripe.BalanceTransaction) => [
          present(stripeAccount, onConnected.get(movement.type) ?? movement.type, movement),
        ];
        yield* readable(pass, stripeAccount, flat(list, side));
      }
    },
  });

function sidesOf(side: 'platform' | 'connected'): Omit<Comparison, 'theirs'> {
  return {
    ours: (pass, keys) => expectedOf(pass, side, { keys }),
    unseen: (pass, after, limit) => expectedOf(pass, side, { after, limit }),
    read: async (pass, ours) => {
      const [account = '', kind = '', source = ''] = ours.key.split(' ');
      const movement = await findMovement(pass, account, kind, source);
      return movement === undefined || movement === 'unreadable'
        ? movement
        : present(account, kind, movement);
    },
  };
}

/** A movement under the account, our word for it and the object that caused it. */
function present(account: string, kind: string, movement: Stripe.BalanceTransaction): Theirs {
  const fee = kind === 'charge' ? `, fee ${movement.fee}` : '';
  // A chargeback takes and gives back: there the movement itself is what our ledger names.
  const cause = kind === 'chargeback' ? movement.id : causeOf(movement);
  return {
    key: `${account} ${kind} ${cause}`,
    subject: cause,
    state: `${movement.amount} ${movement.currency}${fee}`,
  };
}

/** What comes to and leaves a connected account is named by the transfer or reversal: that is what our rows know. */
function causeOf({ id, source }: Stripe.BalanceTransaction): string {
  if (source === null) return id;
  if (typeof source === 'string') return source;
  if ('source_transfer' in source && source.source_transfer !== null) return idOf(source.source_transfer)!;
  if ('source_transfer_reversal' in source && source.source_transfer_reversal !== null)
    return idOf(source.source_transfer_reversal)!;
  return source.id;
}

const idOf = (one: string | { id: string } | null | undefined): string | undefined =>
  typeof one === 'string' ? one : one?.id;
