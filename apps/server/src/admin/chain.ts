import { createHash } from 'node:crypto';
import type { Details } from '../db/tables/admin.ts';

/** What a line of the audit log says; its hash covers all of it and the hash of the line before. */
export type Line = {
  seq: number;
  id: string;
  admin_id: string | null;
  action: string;
  subject: string;
  details: Details;
  created_at: Date;
};

/** What the first line has in place of a line before it. */
export const noHash = Buffer.alloc(32);

/** SHA-256 over the line in one fixed form and the hash before: no line can be changed, moved or left out unseen. */
export function hashLine(line: Line, previousHash: Buffer): Buffer {
  const text = canonicalJson({
    seq: line.seq,
    id: line.id,
    adminId: line.admin_id,
    action: line.action,
    subject: line.subject,
    details: line.details,
    createdAt: line.created_at.toISOString(),
    previousHash: previousHash.toString('hex'),
  });
  return createHash('sha256').update(text).digest();
}

/** JSON with the keys in order of their code units, so that jsonb, which forgets the order, changes nothing. */
function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

/**
 * Details as the database will give them back: without undefined, and without halves of surrogate pairs, which jsonb
 * refuses.
 */
export const plainDetails = (details: Details): Details =>
  JSON.parse(
    JSON.stringify(details, (_name, value) => (typeof value === 'string' ? value.toWellFormed() : value)),
  );
