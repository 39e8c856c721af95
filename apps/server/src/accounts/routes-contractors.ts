import { contractors as api, files } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { readContractorPage, readOwnProfile, saveProfile } from './contractor-profile.ts';
import * as limits from './limits.ts';
import { locatePicture } from './pictures.ts';
import { arrangePortfolio, readPortfolio } from './portfolio.ts';

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
  route(app, ctx, files.portfolio, ({ params }) => readPortfolio(ctx, params.id), {
    addressLimit: limits.pagesPerAddress,
  });
  route(app, ctx, files.arrangePortfolio, ({ actor, body }) => arrangePortfolio(ctx, actor, body), {
    accountLimit: limits.changesPerAccount,
  });
  route(
    app,
    ctx,
    files.pictureOf,
    async ({ params, query, reply }) => {
      const location = await locatePicture(ctx, params.id, query.variant);
      // Short, as a new picture has a new address.
      reply.header('location', location).header('cache-control', 'public, max-age=60');
      reply.header('cross-origin-resource-policy', 'cross-origin');
      return undefined;
    },
    { addressLimit: limits.picturesPerAddress },
  );
}
