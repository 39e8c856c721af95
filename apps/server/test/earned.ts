import type { Currency } from '@holdfast/contract';
import { addMs, hourMs } from '../src/clock.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { newId } from '../src/ids.ts';
import { type LedgerEntry, post } from '../src/ledger/ledger.ts';
import { createPerson, type Person } from './people.ts';
import type { World } from './world.ts';

/** A job that was done and paid, written straight into the database as the money path leaves it. Nothing is at Stripe. */
export type Earned = {
  customer: Person;
  contractor: Person;
  /** When the money was released. */
  at: string;
  amountMinor?: number;
  commissionMinor?: number;
  currency?: Currency;
  title?: string;
};

/** A contractor of this time zone, with an account since 2024. */
export async function createContractor(
  world: World,
  { timeZone = 'Europe/Vienna', name }: { timeZone?: string | undefined; name?: string | undefined },
): Promise<Person> {
  const person = await createPerson(world, { role: 'contractor', ...(name === undefined ? {} : { name }) });
  await world.ctx.db
    .updateTable('users')
    .set({ time_zone: timeZone, created_at: new Date('2024-06-01T00:00:00.000Z') })
    .where('id', '=', person.id)
    .execute();
  return person;
}

/** The id of the payment, and how to book more of it. */
export type Booked = { paymentId: string; book(cause: string, at: string, lines: Lines): Promise<void> };
type Lines = LedgerEntry['lines'];

export async function earn(world: World, earned: Earned): Promise<Booked> {
  const { contractor } = earned;
  const { amountMinor = 10_000, commissionMinor = 1000, currency = 'eur' } = earned;
  const releasedAt = new Date(earned.at);
  const paymentId = await insertPayment(world, earned, releasedAt);
  const book = (cause: string, at: string | Date, lines: Lines) =>
    inTransaction(world.ctx.db, (tx) =>
      post(tx, new Date(at), { cause: `${cause}:${paymentId}`, paymentId, currency, lines }),
    );
  await book('capture', addMs(releasedAt, -hourMs), [
    { account: 'platform_stripe', paymentId, debitMinor: amountMinor },
    { account: 'escrow', paymentId, creditMinor: amountMinor },
  ]);
  const netMinor = amountMinor - commissionMinor;
  await book('release', releasedAt, [
    { account: 'escrow', paymentId, debitMinor: amountMinor },
    { account: 'commission', paymentId, creditMinor: commissionMinor },
    { account: 'contractor_balance', userId: contractor.id, paymentId, creditMinor: netMinor },
    { account: 'connected_stripe', userId: contractor.id, paymentId, debitMinor: netMinor },
    { account: 'platform_stripe', paymentId, creditMinor: netMinor },
  ]);
  return { paymentId, book };
}

/** What a payout books when it is asked for and when it has arrived; or, after that, when the bank returns it. */
export async function payOut(
  world: World,
  contractor: Person,
  payout: { at: string; amountMinor: number; currency?: Currency; returnedAt?: string },
): Promise<void> {
  const payoutId = newId('pout');
  const userId = contractor.id;
  const { amountMinor, currency = 'eur' } = payout;
  const book = (cause: string, at: string, lines: Lines) =>
    inTransaction(world.ctx.db, (tx) =>
      post(tx, new Date(at), { cause: `${cause}:${payoutId}`, payoutId, currency, lines }),
    );
  await book('payout-promised', payout.at, [
    { account: 'contractor_balance', userId, debitMinor: amountMinor },
    { account: 'payout_pending', userId, creditMinor: amountMinor },
  ]);
  await book('payout-sent', payout.at, [
    { account: 'bank_in_transit', userId, debitMinor: amountMinor },
    { account: 'connected_stripe', userId, creditMinor: amountMinor },
  ]);
  await book('payout-paid', payout.at, [
    { account: 'payout_pending', userId, debitMinor: amountMinor },
    { account: 'bank_in_transit', userId, creditMinor: amountMinor },
  ]);
  if (payout.returnedAt !== undefined)
    await book('payout-failed', payout.returnedAt, [
      { account: 'connected_stripe', userId, debitMinor: amountMinor },
      { account: 'contractor_balance', userId, creditMinor: amountMinor },
    ]);
}

async function insertPayment(world: World, earned: Earned, at: Date): Promise<string> {
  const {
    amountMinor = 10_000,
    commissionMinor = 1000,
    currency = 'eur',
    title = 'Repaint a kitchen',
  } = earned;
  const { db } = world.ctx;
  const jobId = newId('job');
  const bookingId = newId('bkg');
  const paymentId = newId('pay');
  const sides = { customer_id: earned.customer.id, contractor_id: earned.contractor.id };
  await db
    .insertInto('jobs')
    .values({
      id: jobId,
      customer_id: sides.customer_id,
      title,
      description: 'Two walls.',
      category: 'painting',
      budget_minor: amountMinor,
      currency,
      address: 'Neubaugasse 12',
      city: 'Vienna',
      lat: 48.2,
      lng: 16.35,
      wished_date: null,
      status: 'completed',
      booked_contractor_id: sides.contractor_id,
      created_at: at,
      updated_at: at,
    })
    .execute();
  await db
    .insertInto('bookings')
    .values({
      id: bookingId,
      job_id: jobId,
      ...sides,
      application_id: null,
      price_minor: amountMinor,
      currency,
      message: null,
      state: 'completed',
      completed_at: at,
      completed_by: 'customer',
      answer_by: at,
      requested_at: at,
      updated_at: at,
    })
    .execute();
  await db
    .insertInto('payments')
    .values({
      id: paymentId,
      booking_id: bookingId,
      job_id: jobId,
      ...sides,
      amount_minor: amountMinor,
      currency,
      commission_basis_points: 1000,
      commission_minor: commissionMinor,
      status: 'released',
      stripe_transfer_id: newId('tr'),
      transferred_minor: amountMinor - commissionMinor,
      held_at: at,
      released_at: at,
      read_at: at,
      created_at: at,
      updated_at: at,
    })
    .execute();
  return paymentId;
}
