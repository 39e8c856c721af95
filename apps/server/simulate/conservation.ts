import type { Sequence } from './action.ts';
import { rowsOf } from './look.ts';

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
  refunded: number;
  commission: number;
  contractor: number;
  basisPoints: number;
  contractorId: string;
  isPaid: boolean;
};

export async function conservation(sequence: Sequence): Promise<string[]> {
  const { world } = sequence;
  const books = (await (await fetch(`${world.sandbox.url}/_sandbox/ledger`)).json()) as Books;
  const payments = await rowsOf<PaymentRow>(
    sequence,
    `select id, status, currency, amount_minor::int as amount, refunded_minor::int as refunded,
      commission_minor::int as commission, contractor_minor::int as contractor,
      commission_basis_points as "basisPoints", contractor_id as "contractorId", held_at is not null as "isPaid"
    from payments order by id`,
  );
  return [
    ...(books.balanced ? [] : ["Stripe's own books do not balance"]),
    ...(await customersPaid(sequence, books, payments)),
    ...commissionsAreRounded(payments),
    ...(await nobodyGotTooMuch(sequence, books, payments)),
  ];
}

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);

type Away = { currency: string; amount: number };

/** Per currency: what cards gave and got back is what came in by payments, less refunds sent and chargebacks. */
async function customersPaid(sequence: Sequence, books: Books, payments: PaymentRow[]): Promise<string[]> {
  const away = await rowsOf<Away>(
    sequence,
    `select currency, amount_minor::int as amount from refunds where is_sent and status <> 'failed'
    union all select currency, amount_minor::int from chargebacks
      where stripe_status in ('needs_response', 'under_review', 'lost')`,
  );
  const currencies = new Set([...books.transactions, ...payments].map((one) => one.currency));
  return [...currencies].flatMap((currency) => {
    const isHere = (one: { currency: string }) => one.currency === currency;
    const taken = sum(
      books.transactions
        .filter((one) => isHere(one) && /^(charge|refund|refund_failure|adjustment)$/.test(one.type))
        .map((one) => one.amount),
    );
    const paid = sum(payments.filter((one) => isHere(one) && one.isPaid).map((one) => one.amount));
    const kept = paid - sum(away.filter(isHere).map((one) => one.amount));
    return taken === kept ? [] : [`${currency}: cards gave ${taken}, our rows say ${kept}`];
  });
}

/** The share by its definition, written a second time: half a step goes up, and refunds take their part with them. */
function commissionsAreRounded(payments: PaymentRow[]): string[] {
  return payments.flatMap((one) => {
    const step = one.currency === 'huf' ? 100 : 1;
    const twice = (BigInt(one.amount - one.refunded) * BigInt(one.basisPoints) * 2n) / BigInt(10_000 * step);
    const expected = Number((twice + 1n) / 2n) * step;
    return one.commission === expected
      ? []
      : [`${one.id}: commission ${one.commission} of ${one.amount - one.refunded}, ${expected} expected`];
  });
}

type Owing = { contractorId: string; currency: string; amount: number };

/**
 * What a contractor received at Stripe is what was released to them, less commission, and what is still to be had back
 * from them: debts, reversals under way; less what was taken until a bank decides.
 */
async function nobodyGotTooMuch(sequence: Sequence, books: Books, payments: PaymentRow[]): Promise<string[]> {
  const accounts = await rowsOf<{ id: string; account: string }>(
    sequence,
    'select user_id as id, stripe_account_id as account from connected_accounts where stripe_account_id is not null',
  );
  const owing = await rowsOf<Owing>(
    sequence,
    `select user_id as "contractorId", currency, sum(amount_minor)::int as amount from ledger_lines
      where account in ('contractor_debt', 'chargeback_reserve') group by user_id, currency
    -- what was forgiven they keep
    union all select user_id, currency, -sum(amount_minor)::int from ledger_lines join ledger_entries on id = entry_id
      where account = 'contractor_debt' and cause like 'debt-forgiven:%' group by user_id, currency
    union all select contractor_id, currency, sum(amount_minor)::int from reversals
      where succeeded_at is null group by contractor_id, currency`,
  );
  return accounts.flatMap(({ id, account }) => {
    const theirs = books.transactions.filter((one) => one.account === account);
    const earned = payments.filter(
      (one) => one.contractorId === id && /^(released|withdrawn)$/.test(one.status),
    );
    const debts = owing.filter((one) => one.contractorId === id);
    const currencies = new Set([...theirs, ...earned, ...debts].map((one) => one.currency));
    return [...currencies].flatMap((currency) => {
      const isHere = (one: { currency: string }) => one.currency === currency;
      const here = theirs.filter(isHere);
      const received = sum(here.filter((one) => !one.type.startsWith('payout')).map((one) => one.net));
      const due =
        sum(earned.filter(isHere).map((one) => one.contractor)) +
        sum(debts.filter(isHere).map((one) => one.amount));
      const left = sum(here.map((one) => one.net));
      return [
        ...(received === due ? [] : [`${id} ${currency}: received ${received}, due ${due}`]),
        ...(left < 0 ? [`${id} ${currency}: the bank got ${-left} more than was received`] : []),
      ];
    });
  });
}
