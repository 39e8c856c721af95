import type { Ctx } from '../context.ts';
import type { TaskPayloads } from '../outbox/payloads.ts';
import { deliver } from './deliver.ts';
import { noticeMail } from './mails.ts';

/** Tells somebody what was done to their account, at the address it had before. */
export async function sendNotice(ctx: Ctx, payload: TaskPayloads['accounts.send-notice']): Promise<void> {
  await deliver(ctx, noticeMail(payload.to, payload.notice));
}
