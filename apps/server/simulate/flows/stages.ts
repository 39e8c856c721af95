import { bookings, jobs, payments, payouts } from '@holdfast/contract';
import type { Sequence } from '../action.ts';
import { jobInput } from '../actions/jobs.ts';
import type { Price } from '../actions/money.ts';
import { rowsOf } from '../look.ts';
import type { Person } from '../people.ts';
import { comeToRest } from '../settle.ts';
import { done } from './flow.ts';

/** How far a booking has come before a flow begins. */
export type Stage = { customer: Person; contractor: Person; bookingId: string; jobId: string };

type Payment = { id: string; chargeId: string };

export const price: Price = { amount: 12_345, currency: 'eur' };

export async function confirmed(sequence: Sequence, agreed = price, inDays?: number): Promise<Stage> {
  const [customer, contractor] = [sequence.customers[0]!, sequence.contractors[0]!];
  const job = await done(sequence, customer, jobs.create, { body: jobInput(sequence, agreed, inDays) });
  const body = { jobId: job.id, contractorId: contractor.id };
  const { id } = await done(sequence, customer, bookings.create, { body });
  await done(sequence, contractor, bookings.confirm, { params: { id } });
  return { customer, contractor, bookingId: id, jobId: job.id };
}

export async function paid(sequence: Sequence, agreed = price, inDays?: number): Promise<Stage> {
  const stage = await confirmed(sequence, agreed, inDays);
  const { bookingId } = stage;
  const { payment } = await done(sequence, stage.customer, payments.createIntent, { body: { bookingId } });
  const body = { paymentId: payment.id, paymentMethod: 'pm_card_bypassPending' };
  await done(sequence, stage.customer, payments.confirm, { body });
  await rest(sequence);
  return stage;
}

export async function onboarded(sequence: Sequence, bankAccountNumber = '000123456789'): Promise<void> {
  const { account } = await done(sequence, sequence.contractors[0]!, payouts.connect, { body: {} });
  await sequence.world.sandbox.control.completeOnboarding(account.stripeAccountId!, { bankAccountNumber });
  await rest(sequence);
}

export async function earned(sequence: Sequence, bankAccountNumber?: string): Promise<Stage> {
  await onboarded(sequence, bankAccountNumber);
  const stage = await paid(sequence);
  await done(sequence, stage.customer, bookings.complete, { params: { id: stage.jobId } });
  await rest(sequence);
  return stage;
}

export async function paymentOf(sequence: Sequence, { bookingId }: Stage): Promise<Payment> {
  const payments = await rowsOf<Payment & { bookingId: string }>(
    sequence,
    'select id, stripe_charge_id as "chargeId", booking_id as "bookingId" from payments',
  );
  return payments.find((one) => one.bookingId === bookingId)!;
}

/** Webhooks and the outbox, as far as they get: the server may die in them. */
export const rest = (sequence: Sequence): Promise<void> => comeToRest(sequence.world, () => undefined);
