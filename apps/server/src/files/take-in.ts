import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { FilePurpose } from '@holdfast/contract';
import { addMs, dayMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Tx } from '../db/connect.ts';
import type { FileRow, Thumbnail } from '../db/tables/files.ts';
import { inTransaction } from '../db/transaction.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { type ImageFormat, inspectFile } from './content/inspect.ts';
import { processPicture, type Rendition } from './content/picture.ts';
import { keyOf, newBaseName } from './names.ts';
import type { PurposeRules } from './purposes.ts';
import { requireQuota } from './quota.ts';
import { lastPosition, requireRoom } from './room.ts';
import type { SpooledFile } from './spool.ts';

// Longer than bytes take to be stored; whoever needs longer has died.
const storingMs = hourMs;
const unattachedMs = dayMs;

export type Intake = {
  purpose: FilePurpose;
  rules: PurposeRules;
  objectId: string | null;
  caption: string | null;
  /** The folder of the spooled file; what is made of it goes there as well. */
  folder: string;
  /** Of an upload in pieces. */
  uploadId?: string;
};

/**
 * Makes a file of what was sent: checked, a picture re-encoded, its bytes stored and its row there, or nothing of all
 * that. Throws unsupported_media_type, unprocessable, payload_too_large, quota_exceeded, storage_full, or what the
 * purpose says against it.
 */
export async function takeIn(ctx: Ctx, actor: Actor, sent: SpooledFile, intake: Intake): Promise<FileRow> {
  const prepared = await prepare(ctx, sent, intake);
  const row = await reserve(ctx, actor, sent, intake, prepared);
  try {
    for (const { key, path, mimeType, sizeBytes } of prepared.parts)
      await ctx.storage.current.put(key, path, { mimeType, sizeBytes });
    return await finish(ctx, actor, row, intake);
  } catch (error) {
    await undo(ctx, row, prepared);
    throw error;
  }
}

type Part = { key: string; path: string; mimeType: string; sizeBytes: number };
type Prepared = Pick<FileRow, 'id' | 'mime_type' | 'size_bytes' | 'sha256' | 'picture'> & { parts: Part[] };

async function prepare(ctx: Ctx, sent: SpooledFile, { rules, folder }: Intake): Promise<Prepared> {
  if (sent.isTooLarge)
    throw new AppError('payload_too_large', `A file may have at most ${ctx.config.maximumFileBytes} bytes.`);
  if (sent.sizeBytes === 0) throw new AppError('unprocessable', 'The file is empty.');
  const found = await inspectFile(sent);
  if (!rules.kinds.includes(found.kind))
    throw new AppError('unsupported_media_type', `This purpose takes ${rules.kinds.join(', ')} files only.`);
  const base = newBaseName();
  if (found.kind === 'image') return preparePicture(sent, found.format as ImageFormat, folder, base);
  const id = `${base}.${found.extension}`;
  return {
    id,
    mime_type: found.mimeType,
    size_bytes: sent.sizeBytes,
    sha256: await hashOf(sent.path),
    picture: null,
    parts: [{ key: id, path: sent.path, mimeType: found.mimeType, sizeBytes: sent.sizeBytes }],
  };
}

async function preparePicture(
  sent: SpooledFile,
  format: ImageFormat,
  folder: string,
  base: string,
): Promise<Prepared> {
  const { main, thumbnails, placeholder } = await processPicture({ path: sent.path, format }, folder, base);
  const id = `${base}.${main.extension}`;
  const part = (key: string, { path, mimeType, sizeBytes }: Rendition): Part => ({
    key,
    path,
    mimeType,
    sizeBytes,
  });
  const thumbnail = async ({ path, sizeBytes }: Rendition): Promise<Thumbnail> => ({
    bytes: sizeBytes,
    sha256: (await hashOf(path)).toString('base64url'),
  });
  return {
    id,
    mime_type: main.mimeType,
    size_bytes: main.sizeBytes,
    sha256: await hashOf(main.path),
    picture: {
      width: main.width,
      height: main.height,
      placeholder,
      small: await thumbnail(thumbnails[256]),
      large: await thumbnail(thumbnails[1024]),
    },
    parts: [
      part(id, main),
      part(keyOf(id, 'small'), thumbnails[256]),
      part(keyOf(id, 'large'), thumbnails[1024]),
    ],
  };
}

/** The row, before the bytes: if this process dies between, the sweep finds by it what to delete. */
function reserve(
  ctx: Ctx,
  actor: Actor,
  sent: SpooledFile,
  { purpose, rules, objectId, caption, uploadId }: Intake,
  prepared: Prepared,
): Promise<FileRow> {
  const now = ctx.clock.now();
  const storedBytes = prepared.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return inTransaction(ctx.db, async (tx) => {
    // Looked at again when it is attached; now, so that nothing is stored in vain.
    if (objectId !== null) await rules.requirePlace(tx, actor, objectId);
    await requireQuota(ctx, tx, actor.userId, storedBytes);
    const { parts: _parts, picture, ...columns } = prepared;
    return tx
      .insertInto('files')
      .values({
        ...columns,
        picture: picture === null ? null : JSON.stringify(picture),
        stored_bytes: storedBytes,
        uploaded_by: actor.userId,
        purpose,
        object_id: null,
        original_name: sent.originalName,
        caption,
        upload_id: uploadId ?? null,
        storage: ctx.storage.current.name,
        state: 'storing',
        remove_after: addMs(now, storingMs),
        created_at: now,
        updated_at: now,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}

/** The moment from which the file is there: visible, attached, and whatever else comes with it. */
function finish(ctx: Ctx, actor: Actor, row: FileRow, { rules, objectId }: Intake): Promise<FileRow> {
  return inTransaction(ctx.db, async (tx) => {
    if (objectId !== null) await requireRoom(ctx, tx, actor, rules, row, objectId);
    const now = ctx.clock.now();
    const file = await tx
      .updateTable('files')
      .set({
        state: ctx.scanner === undefined ? 'available' : 'pending',
        object_id: objectId,
        position: lastPosition(objectId, row.purpose),
        remove_after: objectId === null ? addMs(now, unattachedMs) : null,
        updated_at: now,
      })
      .where('id', '=', row.id)
      .where('state', '=', 'storing')
      .returningAll()
      .executeTakeFirst();
    if (file === undefined) throw new Error(`${row.id} was swept away while its bytes were being stored`);
    await afterwards(ctx, tx, actor, rules, file);
    return file;
  });
}

async function afterwards(ctx: Ctx, tx: Tx, actor: Actor, rules: PurposeRules, file: FileRow): Promise<void> {
  if (file.object_id !== null) await rules.onAttached?.(ctx, tx, actor, file);
  if (file.state === 'pending') await enqueue(tx, 'files.scan', { fileId: file.id });
}

/** Best effort: what cannot be undone now is undone by the sweep, which finds the row. */
async function undo(ctx: Ctx, row: FileRow, { parts }: Prepared): Promise<void> {
  try {
    for (const { key } of parts) await ctx.storage.current.remove(key);
    await ctx.db.deleteFrom('files').where('id', '=', row.id).where('state', '=', 'storing').execute();
  } catch (error) {
    ctx.log.warn({ err: error, file: row.id }, 'an upload that failed is left to the sweep');
  }
}

async function hashOf(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}
