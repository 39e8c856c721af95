import type { Flow } from './flow.ts';
import { earned, paymentOf, rest } from './stages.ts';

/** A bank takes back what was released, and decides. */
export const chargeback = (outcome: 'won' | 'lost'): Flow<string> => ({
  name: `chargeback of a released payment: ${outcome}`,
  prepare: async (sequence) => {
    const { chargeId } = await paymentOf(sequence, await earned(sequence));
    return sequence.world.sandbox.control.openDispute(chargeId);
  },
  act: async (sequence, disputeId) => {
    await rest(sequence);
    // No bank decides before the server is there again and has seen that it asked.
    if (sequence.world.life.points.isDead) return;
    // Refused once it is decided.
    await sequence.world.sandbox.control.resolveDispute(disputeId, outcome).catch(() => undefined);
    await rest(sequence);
  },
});
