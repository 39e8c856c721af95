import { payouts } from '@holdfast/contract';
import type { Sequence } from '../action.ts';
import { runSweep, sweepNames } from '../outbox.ts';
import { ask, done, type Flow } from './flow.ts';
import { earned, rest, type Stage } from './stages.ts';

export const onboard: Flow<undefined> = {
  name: 'onboard',
  prepare: async () => undefined,
  act: async (sequence) => {
    const begun = await ask(sequence, sequence.contractors[0]!, payouts.connect, { body: {} });
    if (begun !== undefined)
      await sequence.world.sandbox.control.completeOnboarding(begun.account.stripeAccountId!);
    await rest(sequence);
  },
};

async function withdrawAll(sequence: Sequence, { contractor }: Stage): Promise<void> {
  await ask(sequence, contractor, payouts.withdraw, {
    body: { currency: 'eur' },
    idempotencyKey: 'one withdrawal'.replaceAll(' ', '-'),
  });
  await rest(sequence);
  await sequence.world.advance(60 * 60_000);
  await rest(sequence);
}

export const withdraw: Flow<Stage> = {
  name: 'withdraw',
  prepare: (sequence) => earned(sequence),
  act: withdrawAll,
};

export const withdrawBySchedule: Flow<Stage> = {
  name: 'a scheduled withdrawal',
  prepare: async (sequence) => {
    const stage = await earned(sequence);
    await done(sequence, stage.contractor, payouts.setSchedule, { body: { interval: 'daily' } });
    return stage;
  },
  act: async (sequence) => {
    // Played again it is another day, on which there is nothing left, or what the dead server has not done.
    await sequence.world.advance(25 * 60 * 60_000);
    for (const name of sweepNames.filter((one) => one.includes('scheduled')))
      await runSweep(sequence.world, name);
    await rest(sequence);
    await sequence.world.advance(60 * 60_000);
    await rest(sequence);
  },
};

export const withdrawToBadBank: Flow<Stage> = {
  name: 'withdraw to a bank that refuses',
  prepare: (sequence) => earned(sequence, '000111111116'),
  act: withdrawAll,
};
