import { payouts } from '@holdfast/contract';
import type { Sequence } from '../action.ts';
import { ask, type Flow } from './flow.ts';
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

export const withdrawToBadBank: Flow<Stage> = {
  name: 'withdraw to a bank that refuses',
  prepare: (sequence) => earned(sequence, '000111111116'),
  act: withdrawAll,
};
