import { bookings } from '@holdfast/contract';
import { runSweep, sweepNames } from '../outbox.ts';
import { ask, done, type Flow } from './flow.ts';
import { onboarded, paid, rest, type Stage } from './stages.ts';

export const completeAndRelease: Flow<Stage> = {
  name: 'complete: release',
  prepare: async (sequence) => {
    await onboarded(sequence);
    return paid(sequence);
  },
  act: async (sequence, { customer, jobId }) => {
    await ask(sequence, customer, bookings.complete, { params: { id: jobId } });
    await rest(sequence);
  },
};

const reviewPeriodMs = 73 * 60 * 60_000;

export const releaseByItself: Flow<Stage> = {
  name: 'release after the review period',
  prepare: async (sequence) => {
    await onboarded(sequence);
    const stage = await paid(sequence);
    const body = { note: 'Both walls have two coats.' };
    await done(sequence, stage.contractor, bookings.deliver, { params: { id: stage.bookingId }, body });
    await sequence.world.advance(reviewPeriodMs);
    return stage;
  },
  act: async (sequence) => {
    for (const name of sweepNames) await runSweep(sequence.world, name);
    await rest(sequence);
  },
};
