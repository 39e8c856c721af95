import { files, jobs } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import { hourMs, minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { cancelJob } from './cancel.ts';
import { changeJob } from './change.ts';
import { createJob } from './create.ts';
import { listJobFiles } from './files.ts';
import { getJob } from './get.ts';
import { listOwnJobs } from './list-own.ts';
import { searchJobs } from './search.ts';

const postLimit = { name: 'jobs.create', maximum: 1000, windowMs: 24 * hourMs };
const searchLimit = { name: 'jobs.search', maximum: 300, windowMs: minuteMs };

export function serveJobs(app: FastifyInstance, ctx: Ctx): void {
  route(
    app,
    ctx,
    jobs.create,
    ({ actor, body, idempotencyKey }) => createJob(ctx, actor, body, idempotencyKey),
    {
      accountLimit: postLimit,
    },
  );
  route(app, ctx, jobs.search, ({ actor, query }) => searchJobs(ctx, actor, query), {
    accountLimit: searchLimit,
  });
  route(app, ctx, jobs.get, ({ actor, params }) => getJob(ctx, actor, params.id));
  route(app, ctx, files.ofJob, ({ actor, params }) => listJobFiles(ctx, actor, params.id));
  route(app, ctx, jobs.change, ({ actor, params, body }) => changeJob(ctx, actor, params.id, body));
  route(app, ctx, jobs.cancel, ({ actor, params }) => cancelJob(ctx, actor, params.id));
  route(app, ctx, jobs.listOwn, ({ actor, query }) => listOwnJobs(ctx, actor, query));
}
