import { cancelPaid, cancelWhilePaying } from './cancel.ts';
import type { Flow } from './flow.ts';
import { pay, payWithAuthentication } from './pay.ts';
import { completeAndRelease, releaseByItself } from './release.ts';
import { onboard, withdraw, withdrawToBadBank } from './withdraw.ts';

/** Every flow of money, to be crossed by cross.ts. A new one is one more entry. */
export const flows: Flow[] = [
  pay,
  payWithAuthentication,
  cancelPaid,
  ...[1, 2, 3].map(cancelWhilePaying),
  completeAndRelease,
  releaseByItself,
  onboard,
  withdraw,
  withdrawToBadBank,
] as Flow[];
