import { link, mkdir, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type File, UploadFields } from '@holdfast/contract';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import { breaksUnique } from '../db/transaction.ts';
import { AppError, conflict, invalidField, notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { toAppError, toProblem } from '../http/problems.ts';
import { newId } from '../ids.ts';
import { presentFile } from './present.ts';
import type { Purposes } from './purposes.ts';
import { cleanName } from './receive.ts';
import { closeFolder, openFolder } from './spool.ts';
import { shown } from './states.ts';
import { takeIn } from './take-in.ts';

/** Uploads in pieces by the tus protocol, for connections that break; each ends as an ordinary file. */
export type Resumable = {
  /** One request of the protocol. */
  handle(actor: Actor, requestId: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** What became of an upload all of whose bytes are here. Throws not_found, conflict, or why it was refused. */
  result(actor: Actor, uploadId: string): Promise<File>;
};

type Metadata = Record<string, string | null> | undefined;
type Upload = Awaited<ReturnType<FileStore['getUpload']>>;
type Asker = { actor: Actor; requestId: string };

const mostUnfinished = 20;
export const resumablePath = '/api/uploads';
export const resumableFolder = (incomingDir: string): string => join(incomingDir, 'tus');

export async function openResumable(ctx: Ctx, purposes: Purposes): Promise<Resumable> {
  await ctx.storage.prepare();
  const directory = resumableFolder(ctx.storage.incomingDir);
  // The store makes it, too, and ends the process if it cannot.
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const store = new FileStore({ directory });
  const askers: Askers = new WeakMap();
  const server = createServer(ctx, purposes, store, askers);
  return {
    handle: async (actor, requestId, request, response) => {
      askers.set(request, { actor, requestId });
      await server.handle(request, response);
    },
    result: async (actor, uploadId) => {
      requireOwn(actor, uploadId);
      const known = await findResult(ctx, uploadId);
      if (known !== undefined) return presentFile(ctx, actor.userId, known);
      const upload = await store.getUpload(uploadId).catch(() => undefined);
      if (upload === undefined) throw notFound('upload');
      if (upload.size !== upload.offset) throw conflict('This upload is not complete yet.');
      return complete(ctx, purposes, store, actor, upload);
    },
  };
}

type Askers = WeakMap<IncomingMessage, Asker>;
/** What tus calls a request, as far as we look at it. */
type WebRequest = { runtime?: { node?: { req: IncomingMessage; res?: ServerResponse } } };

function createServer(ctx: Ctx, purposes: Purposes, store: FileStore, askers: Askers): Server {
  const askerOf = (request: unknown): Asker => askers.get((request as WebRequest).runtime!.node!.req)!;
  return new Server({
    path: resumablePath,
    datastore: store,
    relativeLocation: true,
    maxSize: ctx.config.maximumFileBytes,
    allowedOrigins: ctx.config.allowedOrigins,
    // Whose upload it is stands in its name: nobody else's token opens it.
    namingFunction: (request) => `${askerOf(request).actor.userId}.${newId('tus')}`,
    onIncomingRequest: async (request, uploadId) => requireOwn(askerOf(request).actor, uploadId),
    onUploadCreate: async (request, upload) => {
      const { actor } = askerOf(request);
      intakeOf(purposes, actor, upload.metadata);
      await requireFewUnfinished(store.directory, actor);
      return {};
    },
    onUploadFinish: async (request, upload) => {
      const file = await complete(ctx, purposes, store, askerOf(request).actor, upload);
      return {
        status_code: 200,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(file),
      };
    },
    onResponseError: (request, error) => {
      // tus throws its own refusals as a status and a sentence.
      if (!(error instanceof Error)) return undefined;
      const known = toAppError(error);
      if (known.status >= 500) ctx.log.error({ err: error }, 'a resumable upload failed');
      (request as WebRequest).runtime?.node?.res?.setHeader(
        'content-type',
        'application/problem+json; charset=utf-8',
      );
      return {
        status_code: known.status,
        body: JSON.stringify(toProblem(known, askerOf(request).requestId)),
      };
    },
  });
}

function requireOwn(actor: Actor, uploadId: string): void {
  if (!uploadId.startsWith(`${actor.userId}.tus_`)) throw notFound('upload');
}

/** What is not finished is in no quota yet. */
async function requireFewUnfinished(folder: string, actor: Actor): Promise<void> {
  const names = await readdir(folder);
  const own = names.filter((name) => name.startsWith(`${actor.userId}.`) && !name.endsWith('.json'));
  if (own.length >= mostUnfinished)
    throw new AppError('quota_exceeded', `Finish or delete one of ${own.length} unfinished uploads first.`);
}

const findResult = (ctx: Ctx, uploadId: string): Promise<FileRow | undefined> =>
  ctx.db
    .selectFrom('files')
    .selectAll()
    .where('upload_id', '=', uploadId)
    .where('state', 'in', shown)
    .executeTakeFirst();

/** The fields that a form would have, from the metadata that tus sends. Throws validation_failed and what purposes say. */
function intakeOf(purposes: Purposes, actor: Actor, metadata: Metadata) {
  const { purpose, objectId, caption, filename } = metadata ?? {};
  const given = { purpose, objectId: objectId ?? undefined, caption: caption ?? undefined };
  const parsed = UploadFields.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw invalidField(`Upload-Metadata.${issue.path.join('.')}`, issue.message);
  }
  if (!filename) throw invalidField('Upload-Metadata.filename', 'is required');
  const fields = parsed.data;
  const rules = purposes[fields.purpose];
  const target = rules.objectOf(actor, fields.objectId);
  return { purpose: fields.purpose, rules, objectId: target, caption: fields.caption ?? null };
}

/**
 * Makes a file of a finished upload, once, however often and from wherever it is asked for. What is refused is deleted;
 * what fails by our own fault stays, to be asked for again.
 */
async function complete(
  ctx: Ctx,
  purposes: Purposes,
  store: FileStore,
  actor: Actor,
  upload: Upload,
): Promise<File> {
  const folder = await openFolder(ctx.storage.incomingDir);
  try {
    const row = await takeUpload(ctx, purposes, actor, upload, folder, store);
    await store.remove(upload.id).catch(() => undefined);
    return await presentFile(ctx, actor.userId, row);
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await store.remove(upload.id).catch(() => undefined);
    throw error;
  } finally {
    await closeFolder(folder);
  }
}

async function takeUpload(
  ctx: Ctx,
  purposes: Purposes,
  actor: Actor,
  upload: Upload,
  folder: string,
  store: FileStore,
): Promise<FileRow> {
  const intake = { ...intakeOf(purposes, actor, upload.metadata), folder, uploadId: upload.id };
  // Another name for the same bytes: storing takes it away, and the upload must outlive a crash in the middle of that.
  const path = join(folder, '1');
  await link(join(store.directory, upload.id), path);
  const sent = {
    path,
    sizeBytes: upload.size ?? 0,
    originalName: cleanName(upload.metadata?.filename ?? undefined),
    declaredType: upload.metadata?.filetype ?? '',
    isTooLarge: false,
  };
  try {
    return await takeIn(ctx, actor, sent, intake);
  } catch (error) {
    const first = breaksUnique(error, 'files_one_per_upload') ? await findResult(ctx, upload.id) : undefined;
    if (first === undefined) throw error;
    return first;
  }
}
