import { type Action, doing } from '../action.ts';
import { paidPayments, rowsOf } from '../look.ts';

/** What the banks of customers do, past Stripe's API: take money back, decide, warn, send refunds back. */

const question: Action = {
  name: 'a bank questions a payment',
  weight: 3,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await paidPayments(sequence);
    if (known.length === 0) return undefined;
    const { id, chargeId, currency, left } = chance.pick(known);
    const isInquiry = chance.happens(25);
    const step = currency === 'huf' ? 100 : 1;
    const part = Math.floor((left * chance.between(10, 100)) / 100 / step) * step;
    const amount = chance.happens(25) && part > 0 ? part : undefined;
    const what = isInquiry ? 'asks about' : `takes ${amount ?? 'all'} back of`;
    return doing(`the bank ${what} ${id}`, () =>
      world.sandbox.control
        .openDispute(chargeId, {
          ...(isInquiry ? { inquiry: true } : {}),
          ...(amount === undefined ? {} : { amount }),
        })
        .catch(() => 'not possible'),
    );
  },
};

const decide: Action = {
  name: 'a bank decides',
  weight: 3,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const open = await rowsOf<{ id: string }>(
      sequence,
      'select stripe_dispute_id as id from chargebacks where outcome is null order by opened_at, id',
    );
    if (open.length === 0) return undefined;
    const { id } = chance.pick(open);
    const outcome = chance.pick(['won', 'lost', 'warning_closed', 'escalated'] as const);
    return doing(`the bank decides ${id}: ${outcome}`, () =>
      (outcome === 'escalated'
        ? world.sandbox.control.escalateInquiry(id)
        : world.sandbox.control.resolveDispute(id, outcome)
      ).catch(() => 'not possible'),
    );
  },
};

const warn: Action = {
  name: 'a bank warns of fraud',
  weight: 1,
  plan: async (sequence) => {
    const known = await paidPayments(sequence);
    if (known.length === 0) return undefined;
    const { id, chargeId } = sequence.chance.pick(known);
    return doing(`the bank warns of fraud: ${id}`, () =>
      sequence.world.sandbox.control.warnOfFraud(chargeId).catch(() => 'not possible'),
    );
  },
};

const sendBack: Action = {
  name: 'a bank sends a refund back',
  weight: 2,
  plan: async (sequence) => {
    const sent = await rowsOf<{ id: string }>(
      sequence,
      'select stripe_refund_id as id from refunds where stripe_refund_id is not null order by requested_at, id',
    );
    if (sent.length === 0) return undefined;
    const { id } = sequence.chance.pick(sent);
    return doing(`the bank sends ${id} back`, () =>
      sequence.world.sandbox.control.failRefund(id).catch(() => 'not possible'),
    );
  },
};

export const bankActions: Action[] = [question, decide, warn, sendBack];
