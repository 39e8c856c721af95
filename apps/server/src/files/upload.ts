import type { Uploaded } from '@holdfast/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Ctx } from '../context.ts';
import { AppError, invalidField } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import type { UploadLimits } from './limits.ts';
import { presentFile } from './present.ts';
import type { Purposes } from './purposes.ts';
import { receiveFiles } from './receive.ts';
import { closeFolder, openFolder, type SpooledFile } from './spool.ts';
import { type Intake, takeIn } from './take-in.ts';

type Result = Uploaded['files'][number];

/**
 * Receives a multipart request and takes in each of its files by itself. If none was taken, the first one's refusal is
 * the answer. Errors: see the endpoint.
 */
export async function upload(
  ctx: Ctx,
  purposes: Purposes,
  limits: UploadLimits,
  { actor, request, reply }: { actor: Actor; request: FastifyRequest; reply: FastifyReply },
): Promise<Uploaded> {
  await ctx.storage.prepare();
  const folder = await openFolder(ctx.storage.incomingDir);
  try {
    const maximumBytes = ctx.config.maximumFileBytes;
    const { fields, files } = await receiveFiles(request, reply, folder, { maximumBytes, limits });
    if (files.length === 0) throw invalidField('body.file', 'is required: a file with a name');
    const rules = purposes[fields.purpose];
    const intake: Intake = {
      purpose: fields.purpose,
      rules,
      objectId: rules.objectOf(actor, fields.objectId),
      caption: fields.caption ?? null,
      folder,
    };
    return await takeAll(ctx, actor, files, intake);
  } finally {
    await closeFolder(folder);
  }
}

/** One after the other: of ten pictures at once, each would wait for all. */
async function takeAll(ctx: Ctx, actor: Actor, files: SpooledFile[], intake: Intake): Promise<Uploaded> {
  const results: Result[] = [];
  let firstRefusal: AppError | undefined;
  for (const sent of files) {
    try {
      const row = await takeIn(ctx, actor, sent, intake);
      const file = await presentFile(ctx, actor.userId, row);
      results.push({ originalName: sent.originalName, file, error: null });
    } catch (error) {
      // What is wrong with us is wrong with all of them; what was taken before stays, and is answered.
      if (!(error instanceof AppError) && results.every(({ file }) => file === null)) throw error;
      const refusal = error instanceof AppError ? error : internal(error);
      if (!(error instanceof AppError)) ctx.log.error({ err: error }, 'a file of several could not be taken');
      firstRefusal ??= refusal;
      const { code, message: detail } = refusal;
      results.push({ originalName: sent.originalName, file: null, error: { code, detail } });
    }
  }
  if (firstRefusal !== undefined && results.every(({ file }) => file === null)) throw firstRefusal;
  return { files: results };
}

const internal = (cause: unknown) =>
  new AppError('internal', 'This file could not be stored. Send it again.', { cause });
