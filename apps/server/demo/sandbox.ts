/** Where the play takes place. */
export type Stage = {
  apiUrl: string;
  sandboxUrl: string;
  /** The newest code that was mailed to the address; waits for it. */
  readCode(email: string): Promise<string>;
};

/** What people and time do outside of Holdfast: pages at the bank and at Stripe, and the clock. */

async function post(stage: Stage, path: string, body: object): Promise<void> {
  const response = await fetch(`${stage.sandboxUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** Presses "complete" on the 3-D Secure page. */
export const authenticatePayment = (stage: Stage, stripePaymentId: string) =>
  post(stage, `/_sandbox/payment_intents/${stripePaymentId}/authentication`, { outcome: 'succeed' });

/** Fills in the onboarding page. */
export const fillInOnboarding = (stage: Stage, stripeAccountId: string) =>
  post(stage, `/_sandbox/accounts/${stripeAccountId}/complete`, {});

export const advanceClock = (stage: Stage, durationMs: number) =>
  post(stage, '/_sandbox/clock', { advance_ms: durationMs });
