import type { Ctx } from '../context.ts';

/** One thing that is not as it must be. `subject` names the row or object, `detail` says both sides. */
export type Finding = { subject: string; detail: string };

export type Check = {
  /** What must be true, as a sentence. */
  name: string;
  /** Everything that is not so; empty when the guarantee holds. */
  run(ctx: Ctx): Promise<Finding[]>;
};
