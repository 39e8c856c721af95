import { contractors as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { readContractorPage, readOwnProfile, saveProfile } from './contractor-profile.ts';
import * as limits from './limits.ts';

export function serveContractors(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, api.saveProfile, ({ actor, body }) => saveProfile(ctx, actor, body), {
    accountLimit: limits.changesPerAccount,
  });
  route(app, ctx, api.ownProfile, ({ actor }) => readOwnProfile(ctx, actor), {
    accountLimit: limits.readsPerAccount,
  });
  route(app, ctx, api.page, ({ params }) => readContractorPage(ctx, params.id), {
    addressLimit: limits.pagesPerAddress,
  });
}
