import { receipts } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { receiptPage } from './page.ts';
import { readReceipt } from './read.ts';

export function serveReceipts(app: FastifyInstance, ctx: Ctx): void {
  const platform = ctx.config.platformName;
  route(app, ctx, receipts.get, async ({ actor, params }) =>
    receiptPage(await readReceipt(ctx, actor, params.paymentId), platform),
  );
}
