import { applications } from '@holdfast/contract';
import { type Action, personOf } from '../action.ts';
import { call } from '../api.ts';
import { jobs, openApplications } from '../look.ts';

const apply: Action = {
  name: 'apply',
  weight: 3,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const open = await jobs(sequence, 'open');
    if (open.length === 0) return undefined;
    const job = chance.pick(open);
    const contractor = chance.pick(sequence.contractors);
    const step = job.currency === 'huf' ? 100 : 1;
    const amount = Math.ceil((job.budget * chance.between(80, 120)) / 100 / step) * step;
    return {
      says: `${contractor.name} applies for ${job.id} at ${amount} ${job.currency}`,
      expects: ['ok', 'already_exists'],
      run: () =>
        call(world, contractor, applications.apply, {
          params: { id: job.id },
          body: { quote: { amount, currency: job.currency as 'eur' }, message: 'I could start on Monday.' },
        }),
    };
  },
};

const settle: Action = {
  name: 'withdraw or decline an application',
  weight: 1,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const open = await openApplications(sequence);
    if (open.length === 0) return undefined;
    const { id, customerId, contractorId } = chance.pick(open);
    const isWithdrawn = chance.happens(50);
    const person = personOf(sequence, isWithdrawn ? contractorId : customerId);
    const endpoint = isWithdrawn ? applications.withdraw : applications.decline;
    return {
      says: `${person.name} ${isWithdrawn ? 'withdraws' : 'declines'} ${id}`,
      expects: ['ok'],
      run: () => call(world, person, endpoint, { params: { id } }),
    };
  },
};

export const applicationActions: Action[] = [apply, settle];
