type Decline = { code: string; declineCode?: string };

const messages: Record<string, string> = {
  card_declined: 'Your card was declined.',
  insufficient_funds: 'Your card has insufficient funds.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
  authentication_required: 'Your card was declined. This transaction requires authentication.',
};

/** What Stripe tells the payer. */
export function failureMessage(decline: Decline): string {
  return messages[decline.declineCode ?? ''] ?? messages[decline.code] ?? 'Your card was declined.';
}
