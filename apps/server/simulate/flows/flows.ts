import { cancelLate, cancelPaid, cancelWhilePaying } from './cancel.ts';
import { chargeback } from './chargeback.ts';
import { disputeSplit } from './dispute.ts';
import type { Flow } from './flow.ts';
import { pay, payWithAuthentication } from './pay.ts';
import { refundAgain, refundByApproval, refundReleased } from './refund.ts';
import { completeAndRelease, releaseByItself } from './release.ts';
import { onboard, withdraw, withdrawBySchedule, withdrawToBadBank } from './withdraw.ts';

/** Every flow of money, to be crossed by cross.ts. A new one is one more entry. */
export const flows: Flow[] = [
  pay,
  payWithAuthentication,
  cancelPaid,
  cancelLate,
  refundReleased,
  refundAgain,
  refundByApproval,
  disputeSplit,
  chargeback('won'),
  chargeback('lost'),
  ...[1, 2, 3].map(cancelWhilePaying),
  completeAndRelease,
  releaseByItself,
  onboard,
  withdraw,
  withdrawBySchedule,
  withdrawToBadBank,
] as Flow[];
