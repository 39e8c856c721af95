import { payments } from '@holdfast/contract';
import type { Sequence } from '../action.ts';
import { ask, type Flow } from './flow.ts';
import { confirmed, rest, type Stage } from './stages.ts';

export async function payBooking(sequence: Sequence, stage: Stage, paymentMethod: string): Promise<void> {
  const { bookingId, customer } = stage;
  const opened = await ask(sequence, customer, payments.createIntent, { body: { bookingId } });
  if (opened === undefined) return;
  await ask(sequence, customer, payments.confirm, { body: { paymentId: opened.payment.id, paymentMethod } });
}

export const pay: Flow<Stage> = {
  name: 'pay',
  prepare: confirmed,
  act: async (sequence, stage) => {
    await payBooking(sequence, stage, 'pm_card_bypassPending');
    await rest(sequence);
  },
};

export const payWithAuthentication: Flow<Stage> = {
  name: 'pay with 3-D Secure, told by webhook alone',
  prepare: confirmed,
  act: async (sequence, stage) => {
    await payBooking(sequence, stage, 'pm_card_threeDSecure2Required');
    const { rows } = await sequence.world.outside.query<{ id: string }>(
      'select stripe_payment_id as id from payments where stripe_payment_id is not null',
    );
    for (const { id } of rows)
      await sequence.world.sandbox.control.completeAuthentication(id, 'succeed').catch(() => undefined);
    await rest(sequence);
  },
};
