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
  category: string;
  createdAt: Date;
  isPaid: boolean;
};

export async function conservation(sequence: Sequence): Promise<string[]> {
  const { world } = sequence;
  const books = (await (await fetch(`${world.sandbox.url}/_sandbox/ledger`)).json()) as Books;
  const payments = await rowsOf<PaymentRow>(
    sequence,
    `select payments.id, payments.status, payments.currency, amount_minor::int as amount, refunded_minor::int as refunded,
      commission_minor::int as commission, contractor_minor::int as contractor,
      commission_basis_points as "basisPoints", contractor_id as "contractorId", category,
      payments.created_at as "createdAt", held_at is not null as "isPaid"
    from payments join jobs on jobs.id = job_id order by payments.id`,
  );
  return [
    ...(books.balanced ? [] : ["Stripe's own books do not balance"]),
    ...(await customersPaid(sequence, books, payments)),
    ...(await ratesWereFrozen(sequence, payments)),
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

type Rate = { basisPoints: number | null; category: string | null; contractorId: string | null; from: Date };

/** Each payment keeps the commission of the moment in which it began, whatever was set later. */
async function ratesWereFrozen(sequence: Sequence, payments: PaymentRow[]): Promise<string[]> {
  const rates = await rowsOf<Rate>(
    sequence,
    `select basis_points as "basisPoints", category, contractor_id as "contractorId", effective_from as from
    from commission_rates order by effective_from desc, seq desc`,
  );
  const otherwise = sequence.world.config.commissionBasisPoints;
  return payments.flatMap((one) => {
    const at = one.createdAt.getTime();
    // Of two things in one millisecond nobody can say which was first.
    const possible = [at, at - 1].map((moment) => rateAt(rates, one, moment) ?? otherwise);
    return possible.includes(one.basisPoints)
      ? []
      : [`${one.id}: ${one.basisPoints} basis points are kept of it, ${possible.join(' or ')} expected`];
  });
}

/** The newest rule of the narrowest kind that has not ended. */
function rateAt(rates: Rate[], { contractorId, category }: PaymentRow, moment: number): number | undefined {
  for (const [forContractor, inCategory] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ]) {
    const rule = rates.find(
      (one) =>
        one.contractorId === (forContractor ? contractorId : null) &&
        one.category === (inCategory ? category : null) &&
        one.from.getTime() <= moment,
    );
    if (rule !== undefined && rule.basisPoints !== null) return rule.basisPoints;
  }
  return undefined;
}

type Owing = { contractorId: string; currency: string; amount: number };

/**
 * What a contractor received at Stripe is what was released to them, less commission, and what is still to be had back
 * from them: debts, reversals under way; less what was taken until a bank decides; and what a bank gave back after a
 * loss and an admin gave them.
 */
async function nobodyGotTooMuch(sequence: Sequence, books: Books, payments: PaymentRow[]): Promise<string[]> {
  const owners = await rowsOf<{ id: string; accounts: string[] }>(
    sequence,
    `select user_id as id, array_agg(account) as accounts from (
      select user_id, stripe_account_id as account from connected_accounts where stripe_account_id is not null
      union all select user_id, stripe_account_id from former_accounts
    ) as theirs group by user_id order by user_id`,
  );
  const owing = await rowsOf<Owing>(
    sequence,
    `select user_id as "contractorId", currency, sum(amount_minor)::int as amount from ledger_lines
      where account in ('contractor_debt', 'chargeback_reserve') group by user_id, currency
    -- what was forgiven they keep
    union all select user_id, currency, -sum(amount_minor)::int from ledger_lines join ledger_entries on id = entry_id
      where account = 'contractor_debt' and cause like 'debt-forgiven:%' group by user_id, currency
    union all select contractor_id, payments.currency, sum(regained_minor)::int
      from chargebacks join payments on payments.id = payment_id group by contractor_id, payments.currency
    union all select contractor_id, currency, sum(amount_minor)::int from reversals
      where succeeded_at is null and given_up_at is null group by contractor_id, currency`,
  );
  return owners.flatMap(({ id, accounts }) => {
    const theirs = books.transactions.filter((one) => accounts.includes(one.account));
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
