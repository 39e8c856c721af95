import { addMs, dayMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { invalidField } from '../errors.ts';

/** Refuses a wished day in the past. West of Greenwich it is still yesterday for some hours, so a day is allowed. */
export function requireNotPast(ctx: Ctx, wishedDate: string | null | undefined): void {
  if (wishedDate === null || wishedDate === undefined) return;
  const yesterday = addMs(ctx.clock.now(), -dayMs).toISOString().slice(0, 10);
  if (wishedDate < yesterday) throw invalidField('body.wishedDate', 'must not be in the past');
}
