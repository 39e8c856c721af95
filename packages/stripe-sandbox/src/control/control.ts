import { completeOnboarding } from '../accounts/onboarding.ts';
import {
  type CapabilityStatus,
  changeStage,
  deauthorizeAccount,
  type Stage,
  setCapability,
} from '../accounts/standing.ts';
import { warnOfFraud } from '../charges/warn.ts';
import { type DisputeOptions, openDispute } from '../disputes/open.ts';
import { escalateInquiry, type Outcome, overturnDispute, resolveDispute } from '../disputes/resolve.ts';
import type { Fault } from '../http/faults.ts';
import { finishAuthentication } from '../payment-intents/authenticate.ts';
import { failPayout } from '../payouts/progress.ts';
import { failRefund, type RefundFailure } from '../refunds/fail.ts';
import { finishSetup } from '../setup-intents/confirm.ts';
import type { Transaction } from '../store/transaction.ts';
import { ControlError, existing } from './existing.ts';
import type { Parts } from './parts.ts';
import {
  addRule,
  dropWebhook,
  duplicateWebhook,
  type Release,
  releaseWebhooks,
  setHeld,
  type WebhookRule,
} from './webhooks.ts';

export { ControlError } from './existing.ts';

const pollMs = 3;

export type Control = {
  completeOnboarding(accountId: string, o?: { bankAccountNumber?: string }): Promise<void>;
  completeAuthentication(intentId: string, outcome: 'succeed' | 'fail'): Promise<void>;
  failPayout(payoutId: string, failureCode?: string): Promise<void>;
  /** The card's bank sends a refund back, also one that had succeeded. */
  failRefund(refundId: string, reason?: RefundFailure): Promise<void>;
  /** The cardholder's bank takes a payment back, or with `inquiry` only asks. Answers the dispute's id. */
  openDispute(chargeOrIntentId: string, o?: DisputeOptions): Promise<string>;
  /** The bank decides; inquiries can only be closed. */
  resolveDispute(disputeId: string, outcome: Outcome): Promise<void>;
  /** The bank gives back what it had kept, or with `amount` a part of it. */
  overturnDispute(disputeId: string, o?: { amount?: number }): Promise<void>;
  /** An inquiry becomes a chargeback. */
  escalateInquiry(disputeId: string): Promise<void>;
  /** The card network warns of a payment: radar.early_fraud_warning.created. */
  warnOfFraud(chargeOrIntentId: string): Promise<void>;
  holdWebhooks(): Promise<void>;
  releaseWebhooks(o?: Release): Promise<void>;
  /** Loses an event on the way to endpoints that have not taken it. Answers how many. */
  dropWebhook(eventId: string): Promise<number>;
  /** Sends an event again, taken or not. Answers to how many endpoints. */
  duplicateWebhook(eventId: string): Promise<number>;
  /** The next events of a type are lost, or sent more than once. */
  addWebhookRule(rule: WebhookRule): Promise<void>;
  injectFault(f: Fault): Promise<void>;
  /** Forgets the faults that nothing has met yet. */
  clearFaults(): Promise<void>;
  settled(): Promise<void>;
  /** Stripe needs more documents, ends the relationship, or is content again. */
  changeAccount(accountId: string, stage: Stage): Promise<void>;
  /** Keeps a capability from being active, or lets it be what the account is ready for again. */
  setCapability(accountId: string, capability: string, status: CapabilityStatus): Promise<void>;
  /** The account leaves the platform. */
  deauthorizeAccount(accountId: string): Promise<void>;
  reset(): Promise<void>;
};

async function settled(parts: Parts): Promise<void> {
  const { clock, deliverer } = parts;
  for (;;) {
    await deliverer.quiet();
    if (clock.idle() && deliverer.idle() && parts.activeRequests() === 0) return;
    await new Promise((resume) => setTimeout(resume, pollMs));
  }
}

/** The charge with this id, or that the payment intent with this id ended in. */
function chargeOf(tx: Transaction, id: string): string {
  if (!id.startsWith('pi_')) return existing(tx, 'charge', id);
  const charge = tx.get('payment_intent', existing(tx, 'payment_intent', id)).data.latest_charge;
  if (charge === null) throw new ControlError(`${id} has no charge`);
  return charge;
}

function paymentControl({ engine }: Parts) {
  const act = <T>(work: (tx: Transaction) => T): Promise<T> => engine.transact(work);
  const quietly = (work: (tx: Transaction) => unknown): Promise<void> => act((tx) => void work(tx));
  return {
    completeAuthentication: (id, outcome) =>
      quietly((tx) =>
        id.startsWith('seti_')
          ? finishSetup(tx, existing(tx, 'setup_intent', id), outcome)
          : finishAuthentication(tx, existing(tx, 'payment_intent', id), outcome),
      ),
    failPayout: (id, code = 'account_closed') =>
      quietly((tx) => failPayout(tx, existing(tx, 'payout', id), code)),
    failRefund: (id, reason = 'expired_or_canceled_card') =>
      quietly((tx) => failRefund(tx, existing(tx, 'refund', id), reason)),
    openDispute: (id, o = {}) => act((tx) => openDispute(tx, chargeOf(tx, id), o).id),
    resolveDispute: (id, outcome) =>
      quietly((tx) => resolveDispute(tx, existing(tx, 'dispute', id), outcome)),
    overturnDispute: (id, { amount } = {}) =>
      quietly((tx) => overturnDispute(tx, existing(tx, 'dispute', id), amount)),
    escalateInquiry: (id) => quietly((tx) => escalateInquiry(tx, existing(tx, 'dispute', id))),
    warnOfFraud: (id) => quietly((tx) => warnOfFraud(tx, chargeOf(tx, id))),
  } satisfies Partial<Control>;
}

function accountControl({ engine }: Parts) {
  const quietly = (work: (tx: Transaction) => unknown): Promise<void> =>
    engine.transact((tx) => void work(tx));
  return {
    completeOnboarding: (id, o = {}) =>
      quietly((tx) => completeOnboarding(tx, existing(tx, 'account', id), o)),
    changeAccount: (id, stage) => quietly((tx) => changeStage(tx, existing(tx, 'account', id), stage)),
    setCapability: (id, name, status) =>
      quietly((tx) => {
        existing(tx, 'account', id);
        setCapability(tx, existing(tx, 'capability', `${id}/${name}`), status);
      }),
    deauthorizeAccount: (id) => quietly((tx) => deauthorizeAccount(tx, existing(tx, 'account', id))),
  } satisfies Partial<Control>;
}

/** What a tester can have happen that Stripe's API has no call for. */
export function createControl(parts: Parts): Control {
  return {
    ...paymentControl(parts),
    ...accountControl(parts),
    holdWebhooks: () => setHeld(parts, true),
    releaseWebhooks: (o = {}) => releaseWebhooks(parts, o),
    dropWebhook: (id) => parts.engine.transact((tx) => dropWebhook(tx, existing(tx, 'event', id))),
    duplicateWebhook: (id) => duplicateWebhook(parts, existing(parts.engine.peek(), 'event', id)),
    addWebhookRule: (rule) => parts.engine.transact((tx) => addRule(tx, rule)),
    injectFault: async (fault) => parts.faults.add(fault),
    clearFaults: async () => parts.faults.clear(),
    settled: () => settled(parts),
    reset: () => parts.reset(),
  };
}
