import type { JsonObject } from '../json.ts';
import { failureReasons } from '../refunds/fail.ts';
import type { Control } from './control.ts';
import { disputeReasons } from './dispute-reasons.ts';
import { choice, optionalAmount, optionalText, type Route, text } from './given.ts';

/** Does something to the object of the path and answers its id. */
function about(act: (id: string, given: JsonObject) => Promise<unknown>): Route {
  return async (given, id) => {
    await act(id, given);
    return { id };
  };
}

function openDispute(control: Control): Route {
  return async (given, id) => {
    const amount = optionalAmount(given, 'amount');
    const options = {
      inquiry: given.inquiry === true,
      ...(given.reason === undefined ? {} : { reason: choice(given, 'reason', disputeReasons) }),
      ...(amount === undefined ? {} : { amount }),
    };
    return { id: await control.openDispute(id, options) };
  };
}

/** Control of what happens to payments, refunds, disputes and payouts. */
export function paymentRoutes(control: Control): Record<string, Route> {
  const authentication = about((id, given) =>
    control.completeAuthentication(id, choice(given, 'outcome', ['succeed', 'fail'], 'succeed')),
  );
  return {
    'POST /_sandbox/payment_intents/{id}/authentication': authentication,
    'POST /_sandbox/setup_intents/{id}/authentication': authentication,
    'POST /_sandbox/payment_intents/{id}/dispute': openDispute(control),
    'POST /_sandbox/charges/{id}/dispute': openDispute(control),
    'POST /_sandbox/charges/{id}/fraud_warning': about((id) => control.warnOfFraud(id)),
    'POST /_sandbox/disputes/{id}/resolve': about((id, given) =>
      control.resolveDispute(id, choice(given, 'outcome', ['won', 'lost', 'warning_closed'])),
    ),
    'POST /_sandbox/disputes/{id}/overturn': about((id, given) => {
      const amount = optionalAmount(given, 'amount');
      return control.overturnDispute(id, amount === undefined ? {} : { amount });
    }),
    'POST /_sandbox/disputes/{id}/escalate': about((id) => control.escalateInquiry(id)),
    'POST /_sandbox/refunds/{id}/fail': about((id, given) =>
      control.failRefund(id, choice(given, 'reason', failureReasons, 'expired_or_canceled_card')),
    ),
    'POST /_sandbox/payouts/{id}/fail': about((id, given) =>
      control.failPayout(id, optionalText(given, 'failure_code')),
    ),
  };
}

/** Control of how Stripe stands to an account. */
export function accountRoutes(control: Control): Record<string, Route> {
  return {
    'POST /_sandbox/accounts/{id}/complete': about((id, given) => {
      const bankAccountNumber = optionalText(given, 'bank_account_number');
      return control.completeOnboarding(id, bankAccountNumber === undefined ? {} : { bankAccountNumber });
    }),
    'POST /_sandbox/accounts/{id}/restrict': about((id) => control.changeAccount(id, 'restricted')),
    'POST /_sandbox/accounts/{id}/reject': about((id) => control.changeAccount(id, 'rejected')),
    'POST /_sandbox/accounts/{id}/restore': about((id) => control.changeAccount(id, 'complete')),
    'POST /_sandbox/accounts/{id}/deauthorize': about((id) => control.deauthorizeAccount(id)),
    'POST /_sandbox/accounts/{id}/capability': about((id, given) =>
      control.setCapability(
        id,
        text(given, 'capability'),
        choice(given, 'status', ['active', 'inactive', 'pending']),
      ),
    ),
  };
}
