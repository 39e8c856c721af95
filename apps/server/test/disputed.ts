import { type Booking, type Dispute, type DisputeInput, disputes, type Payment } from '@holdfast/contract';
import { confirmBooking, type MoneyWorld, type Pair, pay } from './money-world.ts';
import type { Person } from './people.ts';

/** What a test of disputes begins with: a booking whose money is held, and a dispute about it. */

export const complaint: DisputeInput = {
  reason: 'poor_quality',
  description: 'The ceiling has one coat, and it shows.',
};

export async function fundBooking(
  world: MoneyWorld,
  pair: Pair,
  price?: Parameters<typeof confirmBooking>[1],
): Promise<{ booking: Booking; payment: Payment }> {
  const booking = await confirmBooking(pair, price);
  const { payment } = await pay(pair, booking);
  await world.settle();
  return { booking, payment };
}

export const dispute = (person: Person, bookingId: string): Promise<Dispute> =>
  person.client.call(disputes.open, { params: { id: bookingId }, body: complaint });

export const say = (person: Person, disputeId: string, text = 'It was agreed otherwise.') =>
  person.client.call(disputes.addEvidence, { params: { id: disputeId }, body: { text } });

/** A held payment with an open dispute, opened by one of the two. */
export async function openCase(
  world: MoneyWorld,
  pair: Pair,
  { by = 'customer', price }: { by?: keyof Pair; price?: Parameters<typeof confirmBooking>[1] } = {},
) {
  const { booking, payment } = await fundBooking(world, pair, price);
  return { booking, payment, dispute: await dispute(pair[by], booking.id) };
}
