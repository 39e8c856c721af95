import { addMs, dayMs, minuteMs, secondMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import type { Outcome } from './channels/outcome.ts';
import type { Parcel } from './channels/parcel.ts';
import { batchSizes, type Claimed, claim } from './claim.ts';
import { bulkDeliveries, isRequired, isSecurity, priorityOf } from './defaults.ts';
import { type Ending, writeEndings } from './endings.ts';
import { enqueueDelivery, inLane, type OutsideChannel } from './lanes.ts';
import { quietHold } from './preferences/hold.ts';
import { isWanted } from './preferences/wishes.ts';

/** Sends parcels over one channel, and answers what became of each, in their order. */
export type Send = (ctx: Ctx, parcels: readonly Parcel[]) => Promise<Outcome[]>;
export type Senders = Record<OutsideChannel, Send>;

const firstBackoffMs = 5 * secondMs;
const longestBackoffMs = 5 * minuteMs;
const givenUpAfterMs = dayMs;
const bulkSlice = 50;

/** A lane hands over to the next task after so long, so that a worker that is to stop need not wait for all that waits. */
const longestRunMs = 5 * secondMs;

/**
 * Outbox task: sends what is due on a channel, batch by batch. A parcel that could not be sent comes again by itself and
 * never holds up the others.
 */
export const deliver =
  (senders: Senders) =>
  async (ctx: Ctx, { channel }: { channel: OutsideChannel }): Promise<void> => {
    const timeIsOver = AbortSignal.timeout(longestRunMs);
    const isDone = await inLane(ctx, channel, async () => {
      const count = await deliverBatch(ctx, senders[channel], channel);
      if (count < batchSizes[channel]) return 'done';
      return timeIsOver.aborted ? 'stop' : 'more';
    });
    if (!isDone) await enqueueDelivery(ctx.db, channel);
  };

/** How many were due; fewer than a batch means that these were all. */
async function deliverBatch(ctx: Ctx, send: Send, channel: OutsideChannel): Promise<number> {
  const claimed = await claim(ctx, channel);
  const decided = claimed.map((one) => ({ one, ending: endingBefore(ctx, channel, one) }));
  const toSend = decided.filter(({ ending }) => ending === undefined).map(({ one }) => one);
  const endings: Ending[] = [];
  for (const slice of slicesOf(toSend)) {
    const outcomes = await sendAll(ctx, send, channel, slice);
    warnOfRetries(ctx, channel, outcomes);
    endings.push(...slice.map((one, index) => endingOf(ctx, one, outcomes[index]!)));
  }
  await writeEndings(ctx, [...endings, ...decided.flatMap(({ ending }) => ending ?? [])]);
  return claimed.length;
}

/**
 * What one person waits for goes at once. What goes to many goes in small slices, behind it: a chat in the same process
 * has its turn in between.
 */
function slicesOf(claimed: readonly Claimed[]): Claimed[][] {
  const isBulk = ({ type }: Claimed) => priorityOf(type) === bulkDeliveries;
  const bulk = claimed.filter(isBulk);
  const slices = [claimed.filter((one) => !isBulk(one))];
  for (let from = 0; from < bulk.length; from += bulkSlice) slices.push(bulk.slice(from, from + bulkSlice));
  return slices;
}

async function sendAll(
  ctx: Ctx,
  send: Send,
  channel: OutsideChannel,
  claimed: readonly Claimed[],
): Promise<Outcome[]> {
  if (claimed.length === 0) return [];
  try {
    const outcomes = await send(
      ctx,
      claimed.map(({ parcel }) => parcel),
    );
    if (outcomes.length !== claimed.length)
      throw new Error(`${channel} answered for another number of parcels`);
    return outcomes;
  } catch (error) {
    ctx.log.error({ err: error, channel }, 'a channel broke, its notifications come again');
    return claimed.map(() => ({ kind: 'retry', reason: 'internal' }));
  }
}

/** Says once for a slice what did not get through, or an operator would see an outage nowhere but in the numbers. */
function warnOfRetries(ctx: Ctx, channel: OutsideChannel, outcomes: readonly Outcome[]): void {
  const counts: Record<string, number> = {};
  for (const one of outcomes) {
    if (one.kind !== 'retry' || untried.has(one.reason)) continue;
    const reason = `${one.reason} ${one.status ?? ''}`.trim();
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  if (Object.keys(counts).length === 0) return;
  ctx.log.warn({ channel, reasons: counts }, 'notifications were not taken and come again');
}

/** Put off by ourselves: the batch was over, or the service asked for patience before. */
const untried: ReadonlySet<string> = new Set(['busy', 'left_alone']);

/** What ends without being sent, or waits once more; undefined for what is to be sent. */
function endingBefore(ctx: Ctx, channel: OutsideChannel, one: Claimed): Ending | undefined {
  const ending = withoutSending(ctx, channel, one);
  return ending !== undefined && hasReached(one) ? sent(one) : ending;
}

/** One of the person's devices has it already: it is told, whatever becomes of the others. */
const hasReached = ({ parcel }: Claimed): boolean => parcel.reached.length > 0;
const sent = ({ id, attempts }: Claimed): Ending => ({ id, attempts, state: 'sent', reason: null });

function withoutSending(ctx: Ctx, channel: OutsideChannel, one: Claimed): Ending | undefined {
  const { id, attempts, type, wishes } = one;
  const suppressed = (reason: string): Ending => ({ id, attempts, state: 'suppressed', reason });
  if (wishes === undefined) return suppressed('gone');
  if (!isWanted(wishes, type, channel)) return suppressed('switched_off');
  // Mails about money are kept by people as proof, whether they have seen the notification or not.
  if (one.isOver && one.summary === null && !(channel === 'email' && isRequired(type, 'in_app')))
    return suppressed('read');
  const hold = channel === 'pusher' || isSecurity(type) ? undefined : quietHold(wishes, ctx.clock.now());
  if (hold === undefined) return undefined;
  return { id, attempts, state: 'queued', reason: null, heldFor: 'quiet', nextAttemptAt: hold.until };
}

function endingOf(ctx: Ctx, one: Claimed, outcome: Outcome): Ending {
  const { id, attempts, dueAt } = one;
  if (outcome.kind === 'sent') return { ...sent(one), reference: outcome.reference ?? null };
  if (outcome.kind !== 'retry') return { id, attempts, state: outcome.kind, reason: outcome.reason };
  const { reason, reached = one.parcel.reached } = outcome;
  const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(attempts - 1, 10));
  const next = addMs(ctx.clock.now(), outcome.afterMs ?? backoffMs);
  if (next < addMs(dueAt, givenUpAfterMs))
    return { id, attempts, state: 'queued', reason, nextAttemptAt: next, reached };
  return reached.length === 0 ? { id, attempts, state: 'failed', reason } : sent(one);
}
