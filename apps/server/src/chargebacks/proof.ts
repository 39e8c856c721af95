import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { addMs, dayMs, hourMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { FileRow } from '../db/tables/files.ts';
import type { ChargebackRow } from '../db/tables/refunds.ts';
import { inTransaction } from '../db/transaction.ts';
import { filesOf, openBytes } from '../files/files.ts';
import {
  lookUpCall,
  prepareCall,
  type Sender,
  StripeCallFailed,
  sendCall,
} from '../stripe-calls/stripe-calls.ts';
import { stripeFailure } from '../vendors/stripe.ts';

const takenTypes: ReadonlySet<string> = new Set(['application/pdf', 'image/jpeg', 'image/png']);
// Stripe takes 5 MB a file, and banks 4.5 MB of evidence in all.
const mostBytes = 4_500_000;
// Enough to fill two places when one or the other cannot be read, and an end when none can.
const mostTried = 5;
// As long is an upload without an answer tried again before the text goes without it.
const patienceMs = hourMs;
const places = ['service_documentation', 'uncategorized_file'] as const;

export type ProofAtStripe = { [place in (typeof places)[number]]?: string };

/**
 * Gives Stripe the newest proof of the booking that a bank takes, at most two files, and answers their ids by the field
 * of the evidence. What is not ready, too large, of another type, not to be read or refused is left out. Errors: whatever
 * Stripe's not answering throws, as long as there is time to try again.
 */
export async function uploadProof(
  ctx: Ctx,
  chargeback: ChargebackRow,
  bookingId: string,
): Promise<ProofAtStripe> {
  const evidence: ProofAtStripe = {};
  const free = [...places];
  let left = mostBytes;
  for (const file of await newestProof(ctx, bookingId)) {
    if (free.length === 0) break;
    if (file.size_bytes > left) continue;
    const id = await upload(ctx, chargeback, file);
    if (id === undefined) continue;
    evidence[free.shift()!] = id;
    left -= file.size_bytes;
  }
  return evidence;
}

async function newestProof(ctx: Ctx, bookingId: string): Promise<FileRow[]> {
  const proof = await filesOf(ctx.db, 'proof', bookingId);
  return proof
    .filter((file) => takenTypes.has(file.mime_type) && file.size_bytes <= mostBytes)
    .sort((one, other) => other.created_at.getTime() - one.created_at.getTime())
    .slice(0, mostTried);
}

async function upload(ctx: Ctx, chargeback: ChargebackRow, file: FileRow): Promise<string | undefined> {
  const callId = `evidence-file:${chargeback.id}:${file.id}`;
  const leaveOut = (error: unknown) => {
    ctx.log.warn({ err: error, chargebackId: chargeback.id, file: file.id }, 'proof is left out');
    return undefined;
  };
  const data = await read(ctx, file).catch(leaveOut);
  if (data === undefined) return undefined;
  const params = {
    // Our names, not the contractor's: by them an upload is found again.
    name: `${chargeback.id}-${file.id}`,
    type: file.mime_type,
    // In seconds, as Stripe counts; a day more than enough, because clocks differ.
    since: Math.floor(addMs(chargeback.opened_at, -dayMs).getTime() / 1000),
  };
  await inTransaction(ctx.db, (tx) => prepareCall(tx, ctx.clock.now(), { id: callId, params }));
  try {
    return (await sendCall(ctx, callId, proofSender(ctx, data))).id;
  } catch (error) {
    const failure = error instanceof StripeCallFailed ? error.failure : stripeFailure(error);
    if (failure.kind === 'unknown' && (await hasTime(ctx, chargeback, callId))) throw error;
    return leaveOut(error);
  }
}

/** The bytes as they were taken in. Throws if they are gone or others. */
async function read(ctx: Ctx, file: FileRow): Promise<Buffer> {
  const bytes = await buffer(await openBytes(ctx, file, file.id, { start: 0, end: file.size_bytes - 1 }));
  if (!createHash('sha256').update(bytes).digest().equals(file.sha256))
    throw new Error(`the bytes of ${file.id} are not those that were uploaded`);
  return bytes;
}

async function hasTime(
  ctx: Ctx,
  { evidence_due_at: dueAt }: ChargebackRow,
  callId: string,
): Promise<boolean> {
  const { created_at: firstTriedAt } = await ctx.db
    .selectFrom('stripe_calls')
    .select('created_at')
    .where('id', '=', callId)
    .executeTakeFirstOrThrow();
  const now = ctx.clock.now();
  const isOver = addMs(firstTriedAt, patienceMs) <= now;
  return !isOver && (dueAt === null || addMs(now, patienceMs) < dueAt);
}

type AtStripe = { id: string };

/**
 * The bytes of a file never change, so that a repetition under the same key is the same request. Should Stripe store the
 * name otherwise than it was sent, a lost upload is not found again: then the file lies there twice, once unused.
 */
const proofSender = (ctx: Ctx, data: Buffer): Sender<AtStripe> => ({
  send: ({ name, type }, options) =>
    ctx.stripe.files.create(
      { purpose: 'dispute_evidence', file: { data, name: name as string, type: type as string } },
      options,
    ),
  retrieve: async (id) => ({ id }),
  ...proofFinder(ctx),
});

const proofFinder = (ctx: Ctx): Pick<Sender<AtStripe>, 'find'> => ({
  find: async ({ name, since }) => {
    const created = { gte: since as number };
    for await (const file of ctx.stripe.files.list({ purpose: 'dispute_evidence', created, limit: 100 }))
      if (file.filename === name) return file;
    return undefined;
  },
});

/** What became of an upload that had no answer; whoever answers the bank next goes on with it. */
export async function resumeProof(ctx: Ctx, subject: string): Promise<void> {
  await lookUpCall(ctx, `evidence-file:${subject}`, proofFinder(ctx));
}
