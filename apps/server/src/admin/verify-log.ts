import type { AuditVerdict } from '@holdfast/contract';
import type { Db } from '../db/connect.ts';
import { hashLine, noHash } from './chain.ts';

const batch = 1000;

/** Computes the whole audit log anew, from the first line on, and says where it stops to fit. */
export async function verifyAdminLog(db: Db): Promise<AuditVerdict> {
  let entries = 0;
  let head: Buffer = noHash;
  for (;;) {
    const lines = await db
      .selectFrom('admin_actions')
      .selectAll()
      .where('seq', '>', entries)
      .orderBy('seq')
      .limit(batch)
      .execute();
    for (const line of lines) {
      const fits =
        line.seq === entries + 1 && line.previous_hash.equals(head) && line.hash.equals(hashLine(line, head));
      if (!fits) return verdict(entries, head, entries + 1);
      entries = line.seq;
      head = line.hash;
    }
    if (lines.length < batch) return verdict(entries, head, null);
  }
}

const verdict = (entries: number, head: Buffer, brokenAt: number | null): AuditVerdict => ({
  isIntact: brokenAt === null,
  entries,
  headHash: entries === 0 ? null : head.toString('hex'),
  brokenAt,
});
