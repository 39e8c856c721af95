import type { File, FilePurpose, Page } from '@holdfast/contract';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { newestFirst, type PageRequest } from '../db/newest-first.ts';
import type { FileRow } from '../db/tables/files.ts';
import { notFound } from '../errors.ts';
import type { Actor } from '../http/authenticate.ts';
import { presentFile, presentFiles } from './present.ts';
import type { Purposes, Viewer } from './purposes.ts';
import { shown } from './states.ts';

/** A file that is there, with whether its uploader still is a member; undefined if there is none. */
export const findFile = (db: Db | Tx, name: string) =>
  db
    .selectFrom('files')
    .innerJoin('users', 'users.id', 'files.uploaded_by')
    .selectAll('files')
    .select((select) =>
      select
        .and([select('users.deleted_at', 'is', null), select('users.suspended_at', 'is', null)])
        .as('is_member'),
    )
    .where('files.id', '=', name)
    .where('files.state', 'in', shown)
    .executeTakeFirst();

/**
 * A file that this person may see; without a viewer, one that anybody may. The uploader and admins always may, others
 * by the rules of its purpose, and only once it is available. Throws not_found.
 */
export async function readableFile(
  ctx: Ctx,
  purposes: Purposes,
  name: string,
  viewer: Viewer | undefined,
): Promise<FileRow> {
  const file = await findFile(ctx.db, name);
  if (file === undefined || !(await mayRead(ctx, purposes, file, viewer))) throw notFound('file');
  return file;
}

async function mayRead(
  ctx: Ctx,
  purposes: Purposes,
  file: FileRow & { is_member: unknown },
  viewer: Viewer | undefined,
): Promise<boolean> {
  if (viewer?.userId === file.uploaded_by) return true;
  if (viewer?.role === 'admin') return viewer.hasSecondFactor;
  if (file.state !== 'available' || file.object_id === null) return false;
  const rules = purposes[file.purpose];
  if (rules.isPublic === true) return file.is_member === true;
  return viewer !== undefined && rules.mayRead(ctx.db, viewer, file.object_id);
}

/** What a file is. Throws not_found. */
export async function describeFile(ctx: Ctx, purposes: Purposes, actor: Actor, name: string): Promise<File> {
  return presentFile(ctx, actor.userId, await readableFile(ctx, purposes, name, actor));
}

/** The files the actor uploaded, newest first. */
export async function listOwnFiles(
  ctx: Ctx,
  actor: Actor,
  query: PageRequest & { purpose?: FilePurpose | undefined },
): Promise<Page<File>> {
  let select = ctx.db
    .selectFrom('files')
    .selectAll()
    .where('uploaded_by', '=', actor.userId)
    .where('state', 'in', shown);
  if (query.purpose !== undefined) select = select.where('purpose', '=', query.purpose);
  const page = await newestFirst(select, 'files.created_at', query);
  return { items: await presentFiles(ctx, actor.userId, page.items), nextCursor: page.nextCursor };
}

/** What belongs to an object, in its order; rejected and pending ones for their uploader alone. */
export async function filesOf(
  db: Db | Tx,
  purpose: FilePurpose,
  objectId: string,
  viewerId?: string,
): Promise<FileRow[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('object_id', '=', objectId)
    .where('purpose', '=', purpose)
    .where('state', 'in', shown)
    .where(({ eb, or }) => or([eb('state', '=', 'available'), eb('uploaded_by', '=', viewerId ?? '')]))
    .orderBy('position')
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** The rows of these names that are there, by name. */
export async function filesNamed(db: Db | Tx, names: readonly string[]): Promise<Map<string, FileRow>> {
  if (names.length === 0) return new Map();
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where('id', 'in', names)
    .where('state', 'in', shown)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** The picture of each of these people who has one. */
export async function picturesOf(db: Db | Tx, userIds: readonly string[]): Promise<Map<string, FileRow>> {
  const rows = await db
    .selectFrom('files')
    .selectAll()
    .where('uploaded_by', 'in', userIds)
    .where('purpose', '=', 'profile')
    .where('state', '=', 'available')
    .execute();
  return new Map(rows.map((row) => [row.uploaded_by, row]));
}

/** What belongs to several objects and is available, in the order of each. */
export async function filesOfMany(
  db: Db | Tx,
  purpose: FilePurpose,
  objectIds: readonly string[],
): Promise<FileRow[]> {
  return db
    .selectFrom('files')
    .selectAll()
    .where('object_id', 'in', objectIds)
    .where('purpose', '=', purpose)
    .where('state', 'in', shown)
    .orderBy('position')
    .orderBy('id')
    .execute();
}
