import { jobs } from '@holdfast/contract';
import type { Action, Sequence } from '../action.ts';
import { personOf } from '../action.ts';
import { call } from '../api.ts';
import { jobs as jobsIn } from '../look.ts';
import { anyPrice, type Price } from './money.ts';

/** Every second one is wished for a day: cancelling it late costs something, and tomorrow is late already. */
export const jobInput = (sequence: Sequence, budget: Price, inDays?: number) => {
  sequence.count += 1;
  const { count } = sequence;
  const days = inDays ?? (count % 2 === 0 ? 1 + (count % 3) : undefined);
  const day = (ms: number) => new Date(sequence.world.life.ctx.clock.now().getTime() + ms).toISOString();
  return {
    title: `Job number ${sequence.count}`,
    description: 'Two walls and the ceiling, about thirty square metres.',
    category: 'painting' as const,
    budget,
    ...(days === undefined ? {} : { wishedDate: day(days * 24 * 60 * 60_000).slice(0, 10) }),
    place: { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 },
  };
};

const post: Action = {
  name: 'post a job',
  weight: 3,
  plan: async (sequence) => {
    const customer = sequence.chance.pick(sequence.customers);
    const budget = anyPrice(sequence.chance);
    return {
      says: `${customer.name} posts a job for ${budget.amount} ${budget.currency}`,
      expects: ['ok'],
      run: () => call(sequence.world, customer, jobs.create, { body: jobInput(sequence, budget) }),
    };
  },
};

const cancel: Action = {
  name: 'take a job back',
  weight: 1,
  isContended: true,
  plan: async (sequence) => {
    const open = await jobsIn(sequence, 'open');
    if (open.length === 0) return undefined;
    const job = sequence.chance.pick(open);
    const customer = personOf(sequence, job.customerId);
    return {
      says: `${customer.name} takes ${job.id} back`,
      expects: ['ok'],
      run: () => call(sequence.world, customer, jobs.cancel, { params: { id: job.id } }),
    };
  },
};

export const jobActions: Action[] = [post, cancel];
