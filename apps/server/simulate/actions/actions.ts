import type { Action } from '../action.ts';
import { adminActions } from './admin.ts';
import { applicationActions } from './applications.ts';
import { bankActions } from './banks.ts';
import { bookingActions } from './bookings.ts';
import { disputeActions } from './disputes.ts';
import { jobActions } from './jobs.ts';
import { machineActions } from './machines.ts';
import { paymentActions } from './payments.ts';
import { payoutActions } from './payouts.ts';
import { rateActions } from './rates.ts';
import { reviewActions } from './reviews.ts';
import { stripeActions } from './stripe.ts';
import { suspensionActions } from './suspensions.ts';

/** Everything that can happen. A new flow is one file and one line here. */
export const actions: Action[] = [
  ...jobActions,
  ...applicationActions,
  ...bookingActions,
  ...paymentActions,
  ...payoutActions,
  ...disputeActions,
  ...reviewActions,
  ...rateActions,
  ...suspensionActions,
  ...adminActions,
  ...bankActions,
  ...stripeActions,
  ...machineActions,
];
