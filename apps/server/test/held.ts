import type { BookingState } from '@holdfast/contract';
import { sql } from 'kysely';
import { addMs, dayMs, hourMs } from '../src/clock.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { newId } from '../src/ids.ts';
import type { Pair } from './money-world.ts';
import type { World } from './world.ts';

/*
 * Jobs, bookings and payments in bulk, written straight into the database as the verbs leave them: for tests that want
 * hundreds and are about what comes afterwards. They are spread over the pairs.
 */

export type Booked = { pair: Pair; jobId: string; bookingId: string };
export type Held = Booked & { paymentId: string; intentId: string; chargeId: string };

type Options = { amountMinor?: number; at?: Date };

/** Bookings in one of the states before the end, without a payment. */
export async function bookMany(
  world: World,
  pairs: readonly Pair[],
  count: number,
  {
    state,
    amountMinor = 1000,
    at,
  }: Options & { state: Extract<BookingState, 'requested' | 'confirmed' | 'active' | 'delivered'> },
): Promise<Booked[]> {
  const now = at ?? world.ctx.clock.now();
  const all = Array.from({ length: count }, (_, index) => ({
    pair: pairs[index % pairs.length]!,
    jobId: newId('job'),
    bookingId: newId('bkg'),
  }));
  const isConfirmed = state !== 'requested';
  const isPaid = state === 'active' || state === 'delivered';
  await world.ctx.db
    .insertInto('jobs')
    .values(
      all.map(({ pair, jobId }) => ({
        id: jobId,
        customer_id: pair.customer.id,
        title: 'Repaint a kitchen',
        description: 'Two walls.',
        category: 'painting' as const,
        budget_minor: amountMinor,
        currency: 'eur' as const,
        address: 'Neubaugasse 12',
        city: 'Vienna',
        lat: 48.2,
        lng: 16.35,
        status: 'booked' as const,
        booked_contractor_id: pair.contractor.id,
        shows_address: isConfirmed,
        created_at: now,
        updated_at: now,
      })),
    )
    .execute();
  await world.ctx.db
    .insertInto('bookings')
    .values(
      all.map(({ pair, jobId, bookingId }) => ({
        id: bookingId,
        job_id: jobId,
        customer_id: pair.customer.id,
        contractor_id: pair.contractor.id,
        application_id: null,
        price_minor: amountMinor,
        currency: 'eur' as const,
        message: null,
        state,
        answer_by: addMs(now, 2 * dayMs),
        requested_at: now,
        ...(isConfirmed ? { confirmed_at: now, pay_by: addMs(now, 2 * dayMs) } : {}),
        ...(isPaid ? { active_at: now } : {}),
        ...(state === 'delivered' ? { delivered_at: now, release_at: addMs(now, 72 * hourMs) } : {}),
        updated_at: now,
      })),
    )
    .execute();
  return all;
}

/**
 * Bookings whose money is held, with their captures in the ledger. Nothing of them is at Stripe unless `atStripe`: then
 * each has an intent that was paid and Stripe's fee for it. Without it do not drain the outbox afterwards.
 */
export async function holdMany(
  world: World,
  pairs: readonly Pair[],
  count: number,
  {
    state = 'active',
    atStripe = false,
    ...options
  }: Options & { state?: 'active' | 'delivered'; atStripe?: boolean } = {},
): Promise<Held[]> {
  const amountMinor = options.amountMinor ?? 1000;
  const booked = await bookMany(world, pairs, count, { state, ...options });
  const held: (Held & { feeMinor: number | null })[] = [];
  for (let first = 0; first < count; first += 10)
    held.push(
      ...(await Promise.all(
        booked.slice(first, first + 10).map(async (one) => {
          const paymentId = newId('pay');
          const paid = atStripe
            ? await payAtStripe(world, one, paymentId, amountMinor)
            : { intentId: newId('pi'), chargeId: newId('ch'), feeMinor: null };
          return { ...one, paymentId, ...paid };
        }),
      )),
    );
  await insertHeld(world, held, amountMinor, options.at ?? world.ctx.clock.now());
  // As autovacuum would soon: without it each query of many rows is planned for an empty table.
  await sql`analyze`.execute(world.ctx.db);
  return held;
}

async function payAtStripe(world: World, { jobId, bookingId }: Booked, paymentId: string, amount: number) {
  const intent = await world.ctx.stripe.paymentIntents.create({
    amount,
    currency: 'eur',
    transfer_group: paymentId,
    payment_method: 'pm_card_bypassPending',
    confirm: true,
    // Captured at once, so that the fee is known with the answer.
    capture_method: 'automatic',
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    metadata: { payment_id: paymentId, booking_id: bookingId, job_id: jobId },
    expand: ['latest_charge.balance_transaction'],
  });
  const charge = intent.latest_charge as { id: string; balance_transaction: { fee: number } };
  return { intentId: intent.id, chargeId: charge.id, feeMinor: charge.balance_transaction.fee };
}

async function insertHeld(
  world: World,
  held: (Held & { feeMinor: number | null })[],
  amountMinor: number,
  now: Date,
): Promise<void> {
  await inTransaction(world.ctx.db, async (tx) => {
    await tx
      .insertInto('payments')
      .values(
        held.map(({ pair, paymentId, bookingId, jobId, intentId, chargeId, feeMinor }) => ({
          id: paymentId,
          booking_id: bookingId,
          job_id: jobId,
          customer_id: pair.customer.id,
          contractor_id: pair.contractor.id,
          amount_minor: amountMinor,
          currency: 'eur' as const,
          commission_basis_points: 1000,
          commission_minor: amountMinor / 10,
          status: 'held' as const,
          stripe_payment_id: intentId,
          stripe_status: 'succeeded',
          stripe_charge_id: chargeId,
          stripe_fee_minor: feeMinor,
          held_at: now,
          read_at: now,
          created_at: now,
          updated_at: now,
        })),
      )
      .execute();
    const entries = held.flatMap(({ paymentId, feeMinor }) => [
      {
        cause: `capture:${paymentId}`,
        paymentId,
        from: 'escrow' as const,
        to: 'platform_stripe' as const,
        minor: amountMinor,
      },
      ...(feeMinor === null
        ? []
        : [
            {
              cause: `fee:${paymentId}`,
              paymentId,
              from: 'platform_stripe' as const,
              to: 'stripe_fees' as const,
              minor: feeMinor,
            },
          ]),
    ]);
    const withIds = entries.map((entry) => ({ ...entry, id: newId('led') }));
    await tx
      .insertInto('ledger_entries')
      .values(
        withIds.map(({ id, cause, paymentId }) => ({
          id,
          cause,
          payment_id: paymentId,
          payout_id: null,
          created_at: now,
        })),
      )
      .execute();
    await tx
      .insertInto('ledger_lines')
      .values(
        withIds.flatMap(({ id, paymentId, from, to, minor }) =>
          [
            { account: to, amount_minor: minor },
            { account: from, amount_minor: -minor },
          ].map((line, position) => ({
            entry_id: id,
            position,
            ...line,
            user_id: null,
            payment_id: paymentId,
            currency: 'eur' as const,
          })),
        ),
      )
      .execute();
  });
}
