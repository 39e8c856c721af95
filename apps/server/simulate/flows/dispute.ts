import { disputes } from '@holdfast/contract';
import type { Sequence } from '../action.ts';
import { ask, done, type Flow } from './flow.ts';
import { onboarded, paid, rest, type Stage } from './stages.ts';

async function disputed(sequence: Sequence, { customer, bookingId }: Stage): Promise<string> {
  const body = { reason: 'poor_quality' as const, description: 'The ceiling has one coat, and it shows.' };
  const { id } = await done(sequence, customer, disputes.open, { params: { id: bookingId }, body });
  await rest(sequence);
  return id;
}

export const disputeSplit: Flow<string> = {
  name: 'a dispute, decided by a split',
  prepare: async (sequence) => {
    await onboarded(sequence);
    return disputed(sequence, await paid(sequence));
  },
  act: async (sequence, id) => {
    await ask(sequence, sequence.admins[0]!, disputes.resolve, {
      params: { id },
      body: { decision: 'split', refundAmount: 5_001, note: 'The ceiling has to be painted again.' },
    });
    await rest(sequence);
  },
};
