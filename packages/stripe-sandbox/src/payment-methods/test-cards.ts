/** What Stripe's test cards do. */
export type Effect = {
  decline?: { code: string; declineCode?: string };
  /** Authentication: always, or unless the card was set up with the customer before. */
  authentication?: 'always' | 'unlessSetUp';
  bypassPending?: boolean;
  /** What comes of the payment a moment later. */
  dispute?: { reason: string; inquiry: boolean };
  /** What becomes of refunds: pending for a while, or failed after having succeeded. */
  refund?: 'pending' | 'fails';
};
export type TestCard = { brand: string; country: string; funding: string; effect: Effect };

const succeeds: Effect = {};

function declines(declineCode: string): Effect {
  return { decline: { code: 'card_declined', declineCode } };
}

function visa(effect: Effect = succeeds, country = 'US'): TestCard {
  return { brand: 'visa', country, funding: 'credit', effect };
}

const cards: Record<string, TestCard> = {
  '4242424242424242': visa(),
  '4000056655665556': { ...visa(), funding: 'debit' },
  '5555555555554444': { ...visa(), brand: 'mastercard' },
  '5200828282828210': { ...visa(), brand: 'mastercard', funding: 'debit' },
  '378282246310005': { ...visa(), brand: 'amex' },
  '6011111111111117': { ...visa(), brand: 'discover' },
  '4000000000000077': visa({ bypassPending: true }),
  '4000000000000002': visa(declines('generic_decline')),
  '4000000000009995': visa(declines('insufficient_funds')),
  '4000000000009987': visa(declines('lost_card')),
  '4000000000009979': visa(declines('stolen_card')),
  '4000000000000069': visa({ decline: { code: 'expired_card' } }),
  '4000000000000127': visa({ decline: { code: 'incorrect_cvc' } }),
  '4000000000000119': visa({ decline: { code: 'processing_error' } }),
  '4000000000000341': visa(declines('generic_decline')),
  '4000002500003155': visa({ authentication: 'unlessSetUp' }, 'FR'),
  '4000002760003184': visa({ authentication: 'always' }, 'DE'),
  '4000000000003220': visa({ authentication: 'always' }, 'IE'),
  '4000008400001629': visa({ authentication: 'always', ...declines('generic_decline') }),
  '4000000000000259': visa({ dispute: { reason: 'fraudulent', inquiry: false } }),
  '4000000000002685': visa({ dispute: { reason: 'product_not_received', inquiry: false } }),
  '4000000000001976': visa({ dispute: { reason: 'fraudulent', inquiry: true } }),
  '4000000000007726': visa({ refund: 'pending' }),
  '4000000000005126': visa({ refund: 'fails' }),
};

const names: Record<string, string> = {
  visa: '4242424242424242',
  us: '4242424242424242',
  visa_debit: '4000056655665556',
  mastercard: '5555555555554444',
  mastercard_debit: '5200828282828210',
  amex: '378282246310005',
  discover: '6011111111111117',
  bypassPending: '4000000000000077',
  chargeDeclined: '4000000000000002',
  chargeDeclinedInsufficientFunds: '4000000000009995',
  chargeDeclinedLostCard: '4000000000009987',
  chargeDeclinedStolenCard: '4000000000009979',
  chargeDeclinedExpiredCard: '4000000000000069',
  chargeDeclinedIncorrectCvc: '4000000000000127',
  chargeDeclinedProcessingError: '4000000000000119',
  chargeCustomerFail: '4000000000000341',
  authenticationRequiredOnSetup: '4000002500003155',
  authenticationRequired: '4000002760003184',
  threeDSecure2Required: '4000000000003220',
  threeDSecureRequiredChargeDeclined: '4000008400001629',
  createDispute: '4000000000000259',
  createDisputeProductNotReceived: '4000000000002685',
  createDisputeInquiry: '4000000000001976',
  pendingRefund: '4000000000007726',
  refundFail: '4000000000005126',
};

/** The card number behind `pm_card_…` or `tok_…`; names may carry `visa_` in front of what the card does. */
export function numberOfName(name: string): string | undefined {
  const stem = /^(?:pm_card_|tok_)(.+)$/.exec(name)?.[1];
  if (stem === undefined) return undefined;
  const short = stem.startsWith('visa_') ? stem.slice('visa_'.length) : stem;
  const known = Object.hasOwn(names, stem) ? stem : short;
  return Object.hasOwn(names, known) ? names[known] : undefined;
}

export function testCard(number: string): TestCard | undefined {
  return Object.hasOwn(cards, number) ? cards[number] : undefined;
}

export function effectOf(number: string): Effect {
  return testCard(number)?.effect ?? succeeds;
}

/** The check digit every card number ends in. */
export function passesLuhn(number: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...number].reverse().entries()) {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
