import { commission } from '@holdfast/contract';
import type { Action } from '../action.ts';
import { call } from '../api.ts';

/** The commission changes while people pay: for all, for a trade, for one of them, now or soon. */
const setRate: Action = {
  name: 'set a commission',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const basisPoints = chance.pick([0, 333, 1250, 1999, 5000, 9000, null]);
    const contractor = chance.happens(40) ? chance.pick(sequence.contractors) : undefined;
    const isForTrade = chance.happens(40);
    const inMs = chance.pick([undefined, undefined, 60_000, 24 * 60 * 60_000]);
    const person = chance.pick(sequence.admins);
    return {
      says: `${person.name} sets ${basisPoints} for ${contractor?.name ?? 'all'}${isForTrade ? ' in painting' : ''} in ${inMs ?? 0} ms`,
      expects: ['ok'],
      run: () =>
        call(world, person, commission.setRate, {
          body: {
            basisPoints,
            reason: 'It was agreed.',
            ...(contractor === undefined ? {} : { contractorId: contractor.id }),
            ...(isForTrade ? { category: 'painting' as const } : {}),
            ...(inMs === undefined
              ? {}
              : { effectiveFrom: new Date(world.life.ctx.clock.now().getTime() + inMs).toISOString() }),
          },
        }),
    };
  },
};

export const rateActions: Action[] = [setRate];
