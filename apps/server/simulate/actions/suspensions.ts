import { admin } from '@holdfast/contract';
import { type Action, everybody } from '../action.ts';
import { call } from '../api.ts';

const reason = 'Asked customers to pay in cash.';

/** People are shut out and let in again; what they have begun goes on. */
const suspend: Action = {
  name: 'suspend or reinstate',
  weight: 2,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await sequence.world.outside.query<{ id: string }>(
      'select id from users where suspended_at is not null order by id',
    );
    const suspended = new Set(known.rows.map(({ id }) => id));
    const ends = suspended.size > 0 && chance.happens(75);
    const person = chance.pick(everybody(sequence).filter(({ id }) => !ends || suspended.has(id)));
    const one = chance.pick(sequence.admins);
    sequence.hasSuspensions = true;
    return {
      says: `${one.name} ${ends ? 'reinstates' : 'suspends'} ${person.name}`,
      expects: [ends !== suspended.has(person.id) ? 'conflict' : 'ok'],
      run: () =>
        call(world, one, ends ? admin.reinstateUser : admin.suspendUser, {
          params: { id: person.id },
          body: { reason },
        }),
    };
  },
};

export const suspensionActions: Action[] = [suspend];
