import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeJob } from '../../src/bookings/complete.ts';
import { confirmPayment } from '../../src/checkout/confirm.ts';
import { createIntent } from '../../src/checkout/create-intent.ts';
import { setRate } from '../../src/commission/set-rate.ts';
import type { Ctx } from '../../src/context.ts';
import { type Booked, bookMany } from '../held.ts';
import {
  actorOf,
  expectCleanAudit,
  expectOutcomes,
  longTest,
  play,
  type RaceWorld,
  race,
  rounds,
  startRaces,
} from '../races.ts';

/* A payment's commission is one of the two rates that there are while it is opened, and stays that. */

let world: RaceWorld;
let other: Ctx;
beforeAll(async () => {
  world = await startRaces();
  other = world.other;
});
afterAll(() => world.stop());

type Opened = Booked & { paymentId: string; basisPoints: number };
const opened: Opened[] = [];

/** The rate of round n is set while its payment is opened; before, that of round n − 1 holds. */
const rateOf = (round: number) => 1000 + (round % 97) * 10;
const changeRate = (basisPoints: number) =>
  setRate(other, actorOf(world.admin), { basisPoints, reason: 'Tried.' });

test(
  `the rate changes while a payment is opened: the old one or the new one, ${rounds} times`,
  longTest,
  async () => {
    const booked = await bookMany(world, world.pairs, rounds, { state: 'confirmed', amountMinor: 10_000 });
    await changeRate(rateOf(-1 + 97));
    const seen = await play(
      booked,
      async (one, index) => {
        const old = rateOf(index + 96);
        let payment: Awaited<ReturnType<typeof createIntent>>['payment'] | undefined;
        const outcome = await race(other, index, [
          async () => {
            ({ payment } = await createIntent(world.ctx, actorOf(one.pair.customer), one.bookingId));
          },
          () => changeRate(rateOf(index)),
        ]);
        expect(outcome).toEqual(['done', 'done']);
        const rates = [old, rateOf(index)];
        const basisPoints = payment!.commission.amount;
        // Of 10,000 minor units each basis point is one.
        expect(rates).toContain(basisPoints);
        opened.push({ ...one, paymentId: payment!.id, basisPoints });
        return [basisPoints === old ? 'old' : 'new', ''];
      },
      // One after the other: each has just two rates.
      { width: 1 },
    );
    expectOutcomes(seen, 'old ', 'new ');
  },
);

test(
  `confirmed twice at once while the rate changes: charged once, as agreed on, ${rounds} times`,
  longTest,
  async () => {
    const confirm = (ctx: Ctx, { pair, paymentId }: Opened) =>
      confirmPayment(ctx, actorOf(pair.customer), { paymentId, paymentMethod: 'pm_card_bypassPending' });
    const seen = await play(opened, (one, index) =>
      race(other, index, [
        () => confirm(world.ctx, one),
        async () => {
          await changeRate(rateOf(index));
          await confirm(other, one);
        },
      ]),
    );
    for (const outcome of Object.keys(seen))
      expect(['done done', 'done conflict', 'conflict done']).toContain(outcome);
    // A hundred of them go on to their release.
    const released = opened.slice(0, 100);
    for (const { pair, jobId } of released) await completeJob(world.ctx, actorOf(pair.customer), jobId);
    await expectCleanAudit(world);

    const { rows } = await sql<{ id: string }>`
    select id, status, commission_basis_points as rate, commission_minor as commission, transferred_minor as transferred,
      (select count(*)::int from ledger_entries where cause = 'capture:' || payments.id) as captures,
      (select -sum(amount_minor)::int from ledger_lines
        where payment_id = payments.id and account = 'commission') as booked
    from payments`.execute(world.ctx.db);
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const [index, { paymentId, basisPoints }] of opened.entries())
      expect(found.get(paymentId)).toEqual({
        id: paymentId,
        rate: basisPoints,
        commission: basisPoints,
        captures: 1,
        ...(index < released.length
          ? { status: 'released', transferred: 10_000 - basisPoints, booked: basisPoints }
          : { status: 'held', transferred: null, booked: null }),
      });
    let charges = 0;
    for await (const charge of world.ctx.stripe.charges.list({ limit: 100 })) {
      expect(charge).toMatchObject({ paid: true, amount: 10_000 });
      charges += 1;
    }
    expect(charges).toBe(rounds);
  },
);
