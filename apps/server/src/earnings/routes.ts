import { earnings } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { earningsReport } from './report.ts';
import { earningsStatement } from './statement.ts';
import { statementPage } from './statement-page.ts';
import { earningsTable } from './table.ts';
import { upcomingEarnings } from './upcoming.ts';

const reportLimit = { name: 'earnings', maximum: 120, windowMs: minuteMs };
/** Tables and statements read all that somebody ever earned. */
const documentLimit = { name: 'earnings.documents', maximum: 30, windowMs: minuteMs };

export function serveEarnings(app: FastifyInstance, ctx: Ctx): void {
  const platform = ctx.config.platformName;
  route(app, ctx, earnings.report, ({ actor, query }) => earningsReport(ctx, actor, query), {
    accountLimit: reportLimit,
  });
  route(app, ctx, earnings.csv, ({ actor, query }) => earningsTable(ctx, actor, query), {
    accountLimit: documentLimit,
  });
  route(app, ctx, earnings.upcoming, ({ actor, query }) => upcomingEarnings(ctx, actor, query), {
    accountLimit: reportLimit,
  });
  route(
    app,
    ctx,
    earnings.statement,
    async ({ actor, params }) => {
      const { statement, user } = await earningsStatement(ctx, actor, params.year);
      return statementPage(statement, { platform, locale: user.locale, now: ctx.clock.now() });
    },
    { accountLimit: documentLimit },
  );
  route(
    app,
    ctx,
    earnings.statementData,
    async ({ actor, params }) => (await earningsStatement(ctx, actor, params.year)).statement,
    { accountLimit: documentLimit },
  );
}
