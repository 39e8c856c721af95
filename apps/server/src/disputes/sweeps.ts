import { sql } from 'kysely';
import type { Ctx } from '../context.ts';
import type { DisputeRow } from '../db/tables/disputes.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Sweep } from '../outbox/worker.ts';
import { liftFreeze, openFreezes } from '../payments/payments.ts';
import { close, decide, type Verdict } from './decide.ts';
import { type Case, findDispute, isOpen, lockCase } from './lock.ts';

/** So that a dispute always ends: by the rules, when nobody else has ended it. */
export const disputeSweeps: Sweep[] = [
  {
    name: 'close disputes about bookings that have ended',
    run: (ctx) => forEach(ctx, endedAfter, closeEnded),
  },
  { name: 'decide disputes by the rules', run: (ctx) => forEach(ctx, dueAfter, decideDue) },
];

const batch = 100;

type Find = (ctx: Ctx, lastId: string) => Promise<string[]>;

/** By id, so that one that fails is passed and does not hold up the others. */
async function forEach(ctx: Ctx, find: Find, work: (ctx: Ctx, id: string) => Promise<void>): Promise<void> {
  let ids: string[] = [];
  do {
    ids = await find(ctx, ids.at(-1) ?? '');
    for (const id of ids)
      await work(ctx, id).catch((error) =>
        ctx.log.error({ err: error, disputeId: id }, 'a dispute was not closed by the rules, next time'),
      );
  } while (ids.length === batch);
}

/** Over their time; those whose payment something else has frozen wait for that, unseen. */
const dueAfter: Find = async (ctx, lastId) => {
  const now = ctx.clock.now();
  const { rows } = await sql<{ id: string }>`
    select id from disputes
    where id > ${lastId} and (state = 'open' and answer_by <= ${now} or state in ('open', 'answered') and decide_by <= ${now})
      and not exists (select from payment_freezes
        where payment_freezes.payment_id = disputes.payment_id and lifted_at is null and subject <> disputes.id)
    order by id limit ${batch}`.execute(ctx.db);
  return rows.map(({ id }) => id);
};

async function decideDue(ctx: Ctx, id: string): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const found = await lockCase(tx, (await findDispute(tx, id))!);
    const verdict = verdictOf(ctx, found.dispute);
    if (verdict === undefined || hasEnded(found)) return;
    const freezes = await openFreezes(tx, [found.payment.id]);
    if (freezes.every(({ subject }) => subject === id)) await decide(ctx, tx, found, verdict);
  });
}

/** A side that was silent loses; what nobody has decided in time goes as configured. */
function verdictOf(ctx: Ctx, dispute: DisputeRow): Verdict | undefined {
  const now = ctx.clock.now();
  if (dispute.state === 'open' && dispute.answer_by <= now)
    return {
      decision: dispute.opened_by === 'customer' ? 'refund' : 'release',
      decidedBy: 'rules',
      note: 'The other side has not answered in time.',
    };
  if (isOpen(dispute) && dispute.decide_by <= now)
    return {
      decision: ctx.config.disputeDefaultDecision,
      decidedBy: 'rules',
      note: 'The time to decide was over.',
    };
  return undefined;
}

const hasEnded = ({ booking }: Case): boolean => booking.state !== 'active' && booking.state !== 'delivered';

/** A bank that gives the customer all of their money back ends the booking, and leaves nothing to decide. */
const endedAfter: Find = async (ctx, lastId) => {
  const { rows } = await sql<{ id: string }>`
    select disputes.id from disputes join bookings on bookings.id = booking_id
    where disputes.id > ${lastId} and disputes.state in ('open', 'answered')
      and bookings.state not in ('active', 'delivered')
    order by disputes.id limit ${batch}`.execute(ctx.db);
  return rows.map(({ id }) => id);
};

async function closeEnded(ctx: Ctx, id: string): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const found = await lockCase(tx, (await findDispute(tx, id))!);
    const { dispute, booking, payment } = found;
    if (!isOpen(dispute) || !hasEnded(found)) return;
    await liftFreeze(ctx, tx, payment.id, { causes: ['dispute'], subject: id });
    await close(ctx, tx, dispute, {
      decision: booking.state === 'completed' ? 'release' : 'refund',
      refundMinor: 0,
      decidedBy: 'rules',
      note: booking.cancel_reason ?? 'The booking has ended otherwise.',
    });
  });
}
