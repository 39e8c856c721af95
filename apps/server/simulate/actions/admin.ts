import { admin, adminMoney } from '@holdfast/contract';
import type { Action, Sequence } from '../action.ts';
import { call } from '../api.ts';
import { openApprovals, paidPayments, rowsOf } from '../look.ts';

/** What the platform's people decide. What they may not is refused; what they may has to add up. */

const reason = 'It was agreed with both sides.';
const refusals = ['ok', 'conflict', 'validation_failed', 'not_found', 'forbidden'];

const anyAdmin = ({ chance, admins }: Sequence) => chance.pick(admins);

const freeze: Action = {
  name: 'freeze or unfreeze a payment',
  weight: 2,
  isContended: true,
  plan: async (sequence) => {
    const known = await paidPayments(sequence);
    if (known.length === 0) return undefined;
    const { id } = sequence.chance.pick(known);
    const isFrozen = sequence.chance.happens(40);
    return {
      says: `an admin ${isFrozen ? 'freezes' : 'unfreezes'} ${id}`,
      expects: refusals,
      run: () =>
        call(
          sequence.world,
          anyAdmin(sequence),
          isFrozen ? adminMoney.freezePayment : adminMoney.unfreezePayment,
          {
            params: { id },
            body: { reason },
          },
        ),
    };
  },
};

const refund: Action = {
  name: 'an admin refunds',
  weight: 4,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await paidPayments(sequence);
    if (known.length === 0) return undefined;
    const { id, left, currency } = chance.pick(known);
    const step = currency === 'huf' ? 100 : 1;
    const part = Math.floor((left * chance.between(1, 90)) / 100 / step) * step;
    const amount = chance.happens(60) && part > 0 ? part : undefined;
    sequence.count += 1;
    const idempotencyKey = `refund-${sequence.count}`;
    const person = anyAdmin(sequence);
    return {
      says: `${person.name} refunds ${amount ?? 'all'} of ${id}`,
      expects: [...refusals, 'unprocessable'],
      run: () =>
        call(world, person, adminMoney.refundPayment, {
          params: { id },
          body: { reason, ...(amount === undefined ? {} : { amount }) },
          idempotencyKey,
        }),
    };
  },
};

const decide: Action = {
  name: 'a second admin decides',
  weight: 4,
  isContended: true,
  plan: async (sequence) => {
    const open = await openApprovals(sequence);
    if (open.length === 0) return undefined;
    const { id } = sequence.chance.pick(open);
    const person = anyAdmin(sequence);
    const isApproved = sequence.chance.happens(80);
    return {
      says: `${person.name} ${isApproved ? 'approves' : 'rejects'} ${id}`,
      expects: refusals,
      run: () =>
        isApproved
          ? call(sequence.world, person, admin.approve, { params: { id } })
          : call(sequence.world, person, admin.reject, { params: { id }, body: { reason } }),
    };
  },
};

const failedRefunds: Action = {
  name: 'look after a failed refund',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const failed = await rowsOf(
      sequence,
      "select id from refunds where status = 'failed' order by requested_at, id",
    );
    if (failed.length === 0) return undefined;
    const { id } = sequence.chance.pick(failed);
    const isRetried = sequence.chance.happens(60);
    const person = anyAdmin(sequence);
    return {
      says: `${person.name} ${isRetried ? 'retries' : 'pays otherwise'} ${id}`,
      expects: refusals,
      run: () =>
        isRetried
          ? call(sequence.world, person, adminMoney.retryRefund, { params: { id } })
          : call(sequence.world, person, adminMoney.settleRefund, {
              params: { id },
              body: { note: 'Bank transfer HF-4711.' },
            }),
    };
  },
};

const answerBank: Action = {
  name: 'answer the bank',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const open = await rowsOf(sequence, 'select id from chargebacks order by opened_at, id');
    if (open.length === 0) return undefined;
    const { id } = sequence.chance.pick(open);
    const statement = sequence.chance.pick([
      'winning_evidence',
      'winning_evidence',
      'losing_evidence',
      'accept',
    ]);
    const person = anyAdmin(sequence);
    return {
      says: `${person.name} answers the bank on ${id}: ${statement}`,
      expects: [...refusals, 'payment_provider_failed'],
      run: () =>
        statement === 'accept'
          ? call(sequence.world, person, adminMoney.acceptChargeback, { params: { id }, body: { reason } })
          : call(sequence.world, person, adminMoney.sendEvidence, { params: { id }, body: { statement } }),
    };
  },
};

const forgive: Action = {
  name: 'forgive a debt',
  weight: 1,
  isContended: true,
  plan: async (sequence) => {
    const debts = await rowsOf<{ id: string; currency: 'eur'; debt: number }>(
      sequence,
      `select user_id as id, currency, sum(amount_minor)::int as debt from ledger_lines where account = 'contractor_debt'
      group by user_id, currency having sum(amount_minor) > 0 order by 1, 2`,
    );
    if (debts.length === 0) return undefined;
    const { id, currency, debt } = sequence.chance.pick(debts);
    const amount = sequence.chance.between(1, debt);
    sequence.count += 1;
    const idempotencyKey = `forgive-${sequence.count}`;
    const person = anyAdmin(sequence);
    return {
      says: `${person.name} forgives ${amount} ${currency} of ${id}`,
      expects: refusals,
      run: () =>
        call(sequence.world, person, adminMoney.forgiveDebt, {
          params: { id },
          body: { currency, amount, reason },
          idempotencyKey,
        }),
    };
  },
};

export const adminActions: Action[] = [freeze, refund, decide, failedRefunds, answerBank, forgive];
