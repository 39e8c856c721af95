import { admin, adminMoney } from '@holdfast/contract';
import type { Sequence } from '../action.ts';
import { openApprovals, rowsOf } from '../look.ts';
import { ask, type Flow } from './flow.ts';
import { earned, paid, paymentOf, rest, type Stage } from './stages.ts';

const reason = 'It was agreed with both sides.';

async function refund(sequence: Sequence, stage: Stage, amount?: number): Promise<void> {
  await ask(sequence, sequence.admins[0]!, adminMoney.refundPayment, {
    params: { id: (await paymentOf(sequence, stage)).id },
    body: { reason, ...(amount === undefined ? {} : { amount }) },
    idempotencyKey: 'one-refund',
  });
}

export const refundReleased: Flow<Stage> = {
  name: 'refund after the release: taken back, then refunded',
  prepare: (sequence) => earned(sequence),
  act: async (sequence, stage) => {
    await refund(sequence, stage, 4_321);
    await rest(sequence);
  },
};

export const refundAgain: Flow<Stage> = {
  name: 'a refund that the bank sent back, sent again',
  prepare: async (sequence) => {
    const stage = await paid(sequence);
    await refund(sequence, stage);
    await rest(sequence);
    const [sent] = await rowsOf(sequence, 'select stripe_refund_id as id from refunds');
    await sequence.world.sandbox.control.failRefund(sent!.id);
    return stage;
  },
  act: async (sequence) => {
    await rest(sequence);
    for (const { id } of await rowsOf(sequence, "select id from refunds where status = 'failed'"))
      await ask(sequence, sequence.admins[0]!, adminMoney.retryRefund, { params: { id } });
    await rest(sequence);
  },
};

export const refundByApproval: Flow<Stage> = {
  name: 'a large refund: asked for by one admin, approved by another',
  prepare: (sequence) => paid(sequence, { amount: 76_543, currency: 'eur' }),
  act: async (sequence, stage) => {
    await refund(sequence, stage);
    for (const { id } of await openApprovals(sequence))
      await ask(sequence, sequence.admins[1]!, admin.approve, { params: { id } });
    await rest(sequence);
  },
};
