import { changeStage, completeOnboarding } from '../accounts/onboarding.ts';
import type { Fault } from '../http/faults.ts';
import { finishAuthentication } from '../payment-intents/authenticate.ts';
import { failPayout } from '../payouts/progress.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Parts } from './parts.ts';
import { type Release, releaseWebhooks, setHeld } from './webhooks.ts';

const pollMs = 3;

export type Control = {
  completeOnboarding(accountId: string, o?: { bankAccountNumber?: string }): Promise<void>;
  completeAuthentication(paymentIntentId: string, outcome: 'succeed' | 'fail'): Promise<void>;
  failPayout(payoutId: string, failureCode?: string): Promise<void>;
  holdWebhooks(): Promise<void>;
  releaseWebhooks(o?: Release): Promise<void>;
  injectFault(f: Fault): Promise<void>;
  settled(): Promise<void>;
  /** As Stripe does when it needs more documents, or ends the relationship. */
  changeAccount(accountId: string, stage: 'restricted' | 'rejected'): Promise<void>;
  reset(): Promise<void>;
};

export class ControlError extends Error {}

/** Refuses ids of nothing with a message rather than a fault of the sandbox. */
function exists(tx: Transaction, kind: 'account' | 'payment_intent' | 'payout', id: string): void {
  if (tx.find(kind, id) === undefined) throw new ControlError(`The sandbox has no ${kind} '${id}'`);
}

async function settled(parts: Parts): Promise<void> {
  const { clock, deliverer } = parts;
  for (;;) {
    await deliverer.quiet();
    if (clock.idle() && deliverer.idle() && parts.activeRequests() === 0) return;
    await new Promise((resume) => setTimeout(resume, pollMs));
  }
}

/** What a tester can have happen that Stripe's API has no call for. */
export function createControl(parts: Parts): Control {
  const { engine } = parts;
  return {
    completeOnboarding: (id, o = {}) =>
      engine.transact((tx) => {
        exists(tx, 'account', id);
        completeOnboarding(tx, id, o);
      }),
    completeAuthentication: (id, outcome) =>
      engine.transact((tx) => {
        exists(tx, 'payment_intent', id);
        finishAuthentication(tx, id, outcome);
      }),
    failPayout: (id, code = 'account_closed') =>
      engine.transact((tx) => {
        exists(tx, 'payout', id);
        failPayout(tx, id, code);
      }),
    holdWebhooks: () => setHeld(parts, true),
    releaseWebhooks: (o = {}) => releaseWebhooks(parts, o),
    injectFault: async (fault) => parts.faults.add(fault),
    settled: () => settled(parts),
    changeAccount: (id, stage) =>
      engine.transact((tx) => {
        exists(tx, 'account', id);
        changeStage(tx, id, stage);
      }),
    reset: () => parts.reset(),
  };
}
