import { files as api, type LinkQuery } from '@holdfast/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';
import { authenticate, bearerToken } from '../http/authenticate.ts';
import { route } from '../http/route.ts';
import { requirePlace } from '../rate-limits.ts';
import { attachFile } from './attach.ts';
import * as limits from './limits.ts';
import type { Purposes, RecordRemoval } from './purposes.ts';
import { describeFile, listOwnFiles } from './read.ts';
import { removeFile } from './remove.ts';
import { openResumable, type Resumable, resumablePath } from './resumable.ts';
import { serveFile } from './serve.ts';
import { upload } from './upload.ts';

/** `purposes` come from the modules whose objects have files, `recordRemoval` from what watches admins. */
export async function serveFiles(
  app: FastifyInstance,
  ctx: Ctx,
  {
    purposes,
    recordRemoval,
    uploadLimits = limits.uploadLimits,
  }: { purposes: Purposes; recordRemoval: RecordRemoval; uploadLimits?: limits.UploadLimits },
): Promise<void> {
  await serveUploads(app, ctx, purposes, uploadLimits);
  serveBytes(app, ctx, purposes);
  await serveResumable(app, ctx, purposes, uploadLimits);
  route(app, ctx, api.describe, ({ actor, params }) => describeFile(ctx, purposes, actor, params.filename), {
    accountLimit: limits.listsPerAccount,
  });
  route(
    app,
    ctx,
    api.remove,
    async ({ actor, params }) =>
      void (await removeFile(ctx, { purposes, recordRemoval }, actor, params.filename)),
    { accountLimit: limits.changesPerAccount },
  );
  route(
    app,
    ctx,
    api.attach,
    ({ actor, params, body }) => attachFile(ctx, purposes, actor, params.filename, body.objectId),
    { accountLimit: limits.changesPerAccount },
  );
  route(app, ctx, api.listOwn, ({ actor, query }) => listOwnFiles(ctx, actor, query), {
    accountLimit: limits.listsPerAccount,
  });
}

/** In a scope of its own, where a form is left for multer to read. */
async function serveUploads(
  app: FastifyInstance,
  ctx: Ctx,
  purposes: Purposes,
  uploadLimits: limits.UploadLimits,
): Promise<void> {
  let running = 0;
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
    route(
      scope,
      ctx,
      api.upload,
      async ({ actor, request, reply }) => {
        if (!/^multipart\/form-data/i.test(request.headers['content-type'] ?? ''))
          throw new AppError('unsupported_media_type', 'Send the files as multipart/form-data.');
        if (running >= uploadLimits.atOnce)
          throw new AppError('unavailable', 'Too many uploads are running.', { retryAfterSeconds: 5 });
        running += 1;
        return upload(ctx, purposes, uploadLimits, { actor, request, reply }).finally(() => {
          running -= 1;
        });
      },
      { accountLimit: limits.uploadsPerAccount },
    );
  });
}

/** The tus protocol answers by itself; ours are the token, the limits and the time. */
async function serveResumable(
  app: FastifyInstance,
  ctx: Ctx,
  purposes: Purposes,
  { stallMs }: limits.UploadLimits,
): Promise<void> {
  let opened: Promise<Resumable> | undefined;
  // Not before somebody uploads: it makes its folder at once.
  const resumable = () => {
    opened ??= openResumable(ctx, purposes).catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const shared = {
      config: { takesFiles: true },
      onRequest: async (request: FastifyRequest) => {
        const token = bearerToken(request.headers.authorization);
        if (token === undefined)
          throw new AppError('unauthenticated', 'Send "Authorization: Bearer <access token>".');
        request.actor = await authenticate(ctx, token);
        const limit = request.method === 'POST' ? limits.uploadsPerAccount : limits.piecesPerAccount;
        await requirePlace(ctx, limit, request.actor.userId);
      },
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const { handle } = await resumable();
        for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value!);
        reply.hijack();
        // What came stays; the client goes on from there.
        request.raw.setTimeout(stallMs, () => request.raw.destroy());
        await handle(request.actor!, request.id, request.raw, reply.raw);
      },
    };
    scope.route({ ...shared, method: 'POST', url: resumablePath });
    scope.route({ ...shared, method: ['HEAD', 'PATCH', 'DELETE'], url: api.result.path });
  });
  // After them: it would bring a HEAD of its own.
  route(app, ctx, api.result, async ({ actor, params }) => (await resumable()).result(actor, params.id), {
    accountLimit: limits.listsPerAccount,
  });
}

/** Bytes are no JSON, and HEAD must not open them: the one route of files that answers by itself. */
function serveBytes(app: FastifyInstance, ctx: Ctx, purposes: Purposes): void {
  const { path, params, query } = api.get;
  app.route({
    method: ['GET', 'HEAD'],
    url: path,
    config: { endpoint: api.get },
    schema: { params, querystring: query },
    onRequest: (request) => requirePlace(ctx, limits.readsPerAddress, request.ip),
    handler: (request, reply) => {
      const { filename: name } = request.params as { filename: string };
      return serveFile(ctx, purposes, { name, query: request.query as LinkQuery, request, reply });
    },
  });
}
