import type { FileVariant, LinkQuery } from '@holdfast/contract';
import * as contentDisposition from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import * as rangeParser from 'range-parser';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import { AppError, notFound } from '../errors.ts';
import { activeActor, authenticate, bearerToken } from '../http/authenticate.ts';
import type { Range } from '../storage/storage.ts';
import { openBytes } from './bytes.ts';
import { signedViewer } from './links.ts';
import { downloadName, keyOf } from './names.ts';
import type { Purposes, Viewer } from './purposes.ts';
import { readableFile } from './read.ts';

const presignedSeconds = 60;

/** Answers the bytes of a file, or a thumbnail of it, to whoever may see it; to all others it does not exist. */
export async function serveFile(
  ctx: Ctx,
  purposes: Purposes,
  {
    name,
    query,
    request,
    reply,
  }: { name: string; query: LinkQuery; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const viewer = await viewerOf(ctx, name, query, request);
  const file = await readableFile(ctx, purposes, name, viewer);
  if (file.state !== 'available') throw notFound('file');
  const bytes = bytesOf(file, query.variant);
  writeHeaders(reply, file, bytes, {
    isShared: purposes[file.purpose].isPublic === true,
    isDownload: query.download === 'true',
  });
  // no-cache asks caches between to ask us, which has happened; fetch() sends it with every condition of its own.
  const { 'cache-control': _reload, ...conditions } = request.headers;
  if (fresh(conditions, reply.getHeaders())) return reply.code(304).send();
  const isHead = request.method === 'HEAD';
  const storage = ctx.storage.byName(file.storage);
  if (storage.presign !== undefined && !isHead) {
    const disposition = String(reply.getHeader('content-disposition'));
    const { key, mimeType } = bytes;
    const link = await storage.presign(key, { expiresInSeconds: presignedSeconds, mimeType, disposition });
    return redirect(reply, link);
  }
  const range = rangeOf(request, reply, bytes);
  reply.header('content-length', range === undefined ? bytes.size : range.end - range.start + 1);
  if (range !== undefined)
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${bytes.size}`);
  if (isHead) return reply.send();
  return reply.send(await openBytes(ctx, file, bytes.key, range));
}

/** The link's own caching would outlive it: nothing of a redirect is kept. */
function redirect(reply: FastifyReply, link: string): FastifyReply {
  for (const name of ['etag', 'last-modified', 'content-disposition', 'accept-ranges'])
    reply.removeHeader(name);
  return reply.header('cache-control', 'no-store').redirect(link, 302);
}

/** Who asks: the reader a link was signed for, as long as they are a member; else the sender of a token, if any. */
async function viewerOf(
  ctx: Ctx,
  name: string,
  query: LinkQuery,
  request: FastifyRequest,
): Promise<Viewer | undefined> {
  const isLink = query.signature !== undefined || query.viewer !== undefined || query.expires !== undefined;
  if (isLink) {
    const userId = await signedViewer(ctx, name, query);
    const viewer = userId === undefined ? undefined : await activeActor(ctx, userId);
    if (viewer === undefined) throw new AppError('not_found', 'There is no such file, or the link is over.');
    return viewer;
  }
  const token = bearerToken(request.headers.authorization);
  return token === undefined ? undefined : authenticate(ctx, token);
}

type Bytes = { key: string; size: number; etag: string; mimeType: string };

function bytesOf(file: FileRow, variant: FileVariant | undefined): Bytes {
  if (variant === undefined) {
    const etag = `"${file.sha256.toString('base64url')}"`;
    return { key: file.id, size: file.size_bytes, etag, mimeType: file.mime_type };
  }
  const thumbnail = file.picture?.[variant];
  if (thumbnail === undefined) throw notFound('thumbnail');
  return {
    key: keyOf(file.id, variant),
    size: thumbnail.bytes,
    etag: `"${thumbnail.sha256}"`,
    mimeType: 'image/webp',
  };
}

function writeHeaders(
  reply: FastifyReply,
  file: FileRow,
  { etag, mimeType }: Bytes,
  { isShared, isDownload }: { isShared: boolean; isDownload: boolean },
): void {
  // Pictures are ours, re-encoded; anything else is somebody's and is saved, not opened, by a browser.
  const type = file.picture !== null && !isDownload ? 'inline' : 'attachment';
  reply
    .type(mimeType.startsWith('text/') ? `${mimeType}; charset=utf-8` : mimeType)
    .header('etag', etag)
    .header('last-modified', file.created_at.toUTCString())
    .header('accept-ranges', 'bytes')
    // A name stands for the same bytes for ever; who may see them is asked again after five minutes.
    .header('cache-control', isShared ? 'public, max-age=3600' : 'private, max-age=300')
    .header(
      'content-disposition',
      contentDisposition.create(downloadName(file.original_name, file.id), { type }),
    )
    .header('content-security-policy', "default-src 'none'; sandbox; frame-ancestors 'none'")
    // An app's own pages on another origin show these pictures.
    .header('cross-origin-resource-policy', 'cross-origin');
  if (!isShared) reply.header('vary', 'authorization');
}

/** The one range that is asked for and can be answered; several are answered with the whole. */
function rangeOf(request: FastifyRequest, reply: FastifyReply, { size, etag }: Bytes): Range | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  if (range === undefined || !range.startsWith('bytes=')) return undefined;
  // A date would do as well, but dates are to the second and tags are exact.
  if (ifRange !== undefined && ifRange !== etag) return undefined;
  // Two bits: not to be understood, which is as if it had not been asked for, and outside of the file.
  const { code, ranges } = rangeParser.parse(size, range);
  if (code === 2 && ranges.length === 0) {
    reply.header('content-range', `bytes */${size}`);
    throw new AppError('range_not_satisfiable', `The file has ${size} bytes.`);
  }
  return code === 0 && ranges.length === 1 ? ranges[0] : undefined;
}
