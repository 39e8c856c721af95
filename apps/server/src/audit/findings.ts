import type { Ctx } from '../context.ts';
import type { Pass } from './pass.ts';

/** One thing that is not as it must be. `subject` names the row or object, `detail` says both sides. */
export type Finding = { subject: string; detail: string };

/** A check inside our own database. */
export type Check = {
  /** What must be true, as a sentence. */
  name: string;
  /** Everything that is not so; empty when the guarantee holds. */
  run(ctx: Ctx): Promise<Finding[]>;
};

/** What looks wrong, and how to look at the same rows and objects again: what is in motion looks right a little later. */
export type Suspect = { finding: Finding; again: () => Promise<Finding | undefined> };

/** A check against Stripe. */
export type StripeCheck = { name: string; run(pass: Pass): Promise<Suspect[]> };

/** Nobody reads more than this of one check, and the rest is told by the first ones. */
export const maximumFindings = 1000;
