import { bookings, payments } from '@holdfast/contract';
import { atOnce } from '../at-once.ts';
import { chanceOf } from '../chance.ts';
import { ask, done, type Flow } from './flow.ts';
import { payBooking } from './pay.ts';
import { confirmed, onboarded, paid, price, rest, type Stage } from './stages.ts';

export const cancelPaid: Flow<Stage> = {
  name: 'cancel what is paid: refund',
  prepare: paid,
  act: async (sequence, { customer, bookingId }) => {
    await ask(sequence, customer, bookings.cancel, { params: { id: bookingId }, body: {} });
    await rest(sequence);
  },
};

export const cancelLate: Flow<Stage> = {
  name: 'cancel late: the fee to the contractor, the rest back',
  prepare: async (sequence) => {
    await onboarded(sequence);
    // Tomorrow: what could be cancelled free is over.
    return paid(sequence, price, 1);
  },
  act: cancelPaid.act,
};

/** The two at once, interleaved in one of many ways. */
export const cancelWhilePaying = (seed: number): Flow<Stage> => ({
  name: `cancel while the customer pays, interleaving ${seed}`,
  prepare: async (sequence) => {
    const stage = await confirmed(sequence);
    const body = { bookingId: stage.bookingId };
    await done(sequence, stage.customer, payments.createIntent, { body });
    return stage;
  },
  act: async (sequence, stage) => {
    const { contractor, bookingId } = stage;
    const cancel = async () => {
      await ask(sequence, contractor, bookings.cancel, { params: { id: bookingId }, body: {} });
    };
    const pay = () => payBooking(sequence, stage, 'pm_card_bypassPending');
    await atOnce(sequence.world, chanceOf(`cancel while paying ${seed}`), [pay, cancel]);
    // Cancelled in the end whoever was first, so that every death ends the same way.
    await cancel();
    await rest(sequence);
  },
});
