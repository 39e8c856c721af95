import type { Sequence } from './action.ts';

/*
 * The money seen from the outside: what Stripe's own books say was taken from cards, given back and sent to banks,
 * against what our rows say was promised. Nothing here asks our ledger, which has an audit of its own.
 */

type Movement = {
  account: string;
  currency: string;
  type: string;
  amount: number;
  net: number;
  source: string | null;
};
type Books = { balanced: boolean; transactions: Movement[] };

type PaymentRow = {
  id: string;
  status: string;
  currency: string;
  amount: number;
  commission: number;
  basisPoints: number;
  customerId: string;
  contractorId: string;
  intentId: string | null;
  chargeId: string | null;
};

export async function conservation(sequence: Sequence): Promise<string[]> {
  const { world } = sequence;
  const books = (await (await fetch(`${world.sandbox.url}/_sandbox/ledger`)).json()) as Books;
  const { rows: payments } = await world.outside.query<PaymentRow>(`
    select id, status, currency, amount_minor as amount, commission_minor as commission,
      commission_basis_points as "basisPoints", customer_id as "customerId", contractor_id as "contractorId",
      stripe_payment_id as "intentId", stripe_charge_id as "chargeId" from payments order by id`);
  return [
    ...(books.balanced ? [] : ["Stripe's own books do not balance"]),
    ...customersPaid(books, payments),
    ...commissionsAreRounded(payments),
    ...(await nobodyGotTooMuch(sequence, books, payments)),
  ];
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);

/** Per currency: cards gave exactly what payments hold, passed on or kept; refunds brought back the rest. */
function customersPaid(books: Books, payments: PaymentRow[]): string[] {
  const currencies = new Set([...books.transactions, ...payments].map((one) => one.currency));
  return [...currencies].flatMap((currency) => {
    const taken = sum(
      books.transactions
        .filter((one) => one.currency === currency && /^(charge|refund|refund_failure)$/.test(one.type))
        .map((one) => one.amount),
    );
    const kept = sum(
      payments
        .filter((one) => one.currency === currency && /^(held|released|withdrawn)$/.test(one.status))
        .map((one) => one.amount),
    );
    return taken === kept ? [] : [`${currency}: cards gave ${taken}, payments say ${kept}`];
  });
}

/** The share by its definition, written a second time: half a step goes up. */
function commissionsAreRounded(payments: PaymentRow[]): string[] {
  return payments.flatMap((one) => {
    const step = one.currency === 'huf' ? 100 : 1;
    const exact = (BigInt(one.amount) * BigInt(one.basisPoints) * 2n) / BigInt(10_000 * step);
    const expected = Number((exact + 1n) / 2n) * step;
    return one.commission === expected
      ? []
      : [`${one.id}: commission ${one.commission} of ${one.amount}, ${expected} expected`];
  });
}

/** What reached banks and what waits at Stripe is what was released, less commission; nothing more, nothing less. */
async function nobodyGotTooMuch(sequence: Sequence, books: Books, payments: PaymentRow[]): Promise<string[]> {
  const { rows: accounts } = await sequence.world.outside.query<{ userId: string; account: string }>(
    `select user_id as "userId", stripe_account_id as account from connected_accounts where stripe_account_id is not null`,
  );
  const found: string[] = [];
  for (const { userId, account } of accounts) {
    const theirs = books.transactions.filter((one) => one.account === account);
    const earned = payments.filter(
      (one) => one.contractorId === userId && /^(released|withdrawn)$/.test(one.status),
    );
    for (const currency of new Set([...theirs, ...earned].map((one) => one.currency))) {
      const received = sum(
        theirs
          .filter((one) => one.currency === currency && !one.type.startsWith('payout'))
          .map((one) => one.net),
      );
      const due = sum(
        earned.filter((one) => one.currency === currency).map((one) => one.amount - one.commission),
      );
      if (received !== due) found.push(`${userId} ${currency}: received ${received}, earned ${due}`);
      const left = sum(theirs.filter((one) => one.currency === currency).map((one) => one.net));
      if (left < 0) found.push(`${userId} ${currency}: the bank got ${-left} more than was earned`);
    }
  }
  return found;
}
