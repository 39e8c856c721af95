import type { Dispute, DisputeDetails, Evidence, File } from '@holdfast/contract';
import { publicPerson } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import type { DisputeRow, EvidenceRow } from '../db/tables/disputes.ts';
import { filesNamed, presentFiles } from '../files/files.ts';

/** Disputes as both sides see them; two more queries for the whole page. */
export async function presentDisputes(db: Db | Tx, rows: readonly DisputeRow[]): Promise<Dispute[]> {
  if (rows.length === 0) return [];
  const people = await publicPerson(
    db,
    rows.flatMap((row) => [row.customer_id, row.contractor_id]),
  );
  const bookings = await bookingsOf(db, rows);
  const person = (id: string) => ({ id, name: people.get(id)?.name ?? '' });
  return rows.map((row) => {
    const { job_id, title, price_minor, currency } = bookings.get(row.booking_id)!;
    return {
      id: row.id,
      bookingId: row.booking_id,
      job: { id: job_id, title },
      customer: person(row.customer_id),
      contractor: person(row.contractor_id),
      price: { amount: price_minor, currency },
      openedBy: row.opened_by,
      reason: row.reason,
      description: row.description,
      state: row.state,
      answerBy: row.answer_by.toISOString(),
      decideBy: row.decide_by.toISOString(),
      decision: row.decision,
      refund: row.refund_minor === null ? null : { amount: row.refund_minor, currency },
      decidedBy: row.decided_by,
      decisionNote: row.decision_note,
      openedAt: row.opened_at.toISOString(),
      answeredAt: row.answered_at?.toISOString() ?? null,
      closedAt: row.closed_at?.toISOString() ?? null,
    };
  });
}

export const presentDispute = async (db: Db | Tx, row: DisputeRow): Promise<Dispute> =>
  (await presentDisputes(db, [row]))[0]!;

/** With the evidence of both sides, oldest first, and links to its files for this person. */
export async function presentDetails(ctx: Ctx, viewerId: string, row: DisputeRow): Promise<DisputeDetails> {
  const evidence = await ctx.db
    .selectFrom('dispute_evidence')
    .selectAll()
    .where('dispute_id', '=', row.id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const files = await presentNamed(
    ctx,
    viewerId,
    evidence.flatMap(({ file_name: name }) => name ?? []),
  );
  return {
    ...(await presentDispute(ctx.db, row)),
    evidence: evidence.map((one) => presentEvidence(one, files.get(one.file_name ?? '') ?? null)),
  };
}

async function presentNamed(
  ctx: Ctx,
  viewerId: string,
  names: readonly string[],
): Promise<Map<string, File>> {
  const rows = await filesNamed(ctx.db, names);
  const files = await presentFiles(ctx, viewerId, [...rows.values()]);
  return new Map(files.map((file) => [file.filename, file]));
}

export const presentEvidence = (row: EvidenceRow, file: File | null): Evidence => ({
  id: row.id,
  side: row.side,
  kind: row.kind,
  text: row.text,
  file,
  createdAt: row.created_at.toISOString(),
});

async function bookingsOf(db: Db | Tx, rows: readonly DisputeRow[]) {
  const found = await db
    .selectFrom('bookings')
    .innerJoin('jobs', 'jobs.id', 'bookings.job_id')
    .select(['bookings.id', 'job_id', 'price_minor', 'bookings.currency', 'jobs.title'])
    .where('bookings.id', 'in', [...new Set(rows.map((row) => row.booking_id))])
    .execute();
  return new Map(found.map((one) => [one.id, one]));
}
