import { reviews } from '@holdfast/contract';
import { type Action, personOf } from '../action.ts';
import { call } from '../api.ts';
import { bookings } from '../look.ts';

const submit: Action = {
  name: 'review',
  weight: 1,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await bookings(sequence, ['completed']);
    if (known.length === 0) return undefined;
    const { id, customerId, contractorId } = chance.pick(known);
    const person = personOf(sequence, chance.pick([customerId, contractorId]));
    return {
      says: `${person.name} reviews ${id}`,
      expects: ['ok', 'already_exists', 'conflict'],
      run: () =>
        call(world, person, reviews.submit, {
          params: { id },
          body: { rating: chance.between(1, 5), text: 'As it was agreed.' },
        }),
    };
  },
};

export const reviewActions: Action[] = [submit];
