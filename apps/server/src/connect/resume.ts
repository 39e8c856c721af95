import type { Ctx } from '../context.ts';
import { lookUpCall } from '../stripe-calls/stripe-calls.ts';
import { accountSender, keepAccount } from './onboard.ts';

/**
 * What becomes of an account whose creation had no answer: it is kept if Stripe has made it. If not, the contractor's
 * next onboarding makes it; nobody is waiting for this one any more.
 */
export async function resumeAccount(ctx: Ctx, subject: string): Promise<void> {
  const [userId = '', number = '1'] = subject.split(':');
  const found = await lookUpCall(ctx, `account:${subject}`, accountSender(ctx));
  if (found !== undefined) await keepAccount(ctx, { userId, number: Number(number) }, found);
}
