import { createHash } from 'node:crypto';
import type { Endpoint } from '@holdfast/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pagePolicy } from './html.ts';

export type DocumentType = Exclude<NonNullable<Endpoint['produces']>, '*/*'>;

/**
 * Answers a text that is not JSON. It belongs to one person: caches between may not keep it, and their own asks again
 * each time, which costs a 304 as long as nothing has changed.
 */
export function sendDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  document: { type: DocumentType; name: string; text: string; policy?: string },
): FastifyReply {
  const etag = `"${createHash('sha256').update(document.text).digest('base64url')}"`;
  reply.header('cache-control', 'private, no-cache').header('etag', etag);
  if (namesTag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  if (document.type === 'text/html')
    reply.header('content-security-policy', `${document.policy ?? pagePolicy}; frame-ancestors 'none'`);
  else reply.header('content-disposition', `attachment; filename="${document.name}"`);
  return reply.type(`${document.type}; charset=utf-8`).send(document.text);
}

function namesTag(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
