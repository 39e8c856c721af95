import { type DisputeResolution, disputes } from '@holdfast/contract';
import { type Action, personOf } from '../action.ts';
import { call } from '../api.ts';
import { bookings, openDisputes } from '../look.ts';

/** Two sides who do not agree about the work: their money is frozen until one gives in, an admin decides, or time does. */

const open: Action = {
  name: 'open a dispute',
  weight: 5,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await bookings(sequence, chance.happens(90) ? ['active', 'delivered'] : undefined);
    if (known.length === 0) return undefined;
    const booking = chance.pick(known);
    const person = personOf(sequence, chance.pick([booking.customerId, booking.contractorId]));
    const isPossible = booking.isDisputable && !booking.isReleasing;
    return {
      says: `${person.name} disputes ${booking.id} (${booking.state})`,
      // A third one of one side is refused.
      expects: isPossible ? ['ok', 'conflict'] : ['conflict'],
      run: () =>
        call(world, person, disputes.open, {
          params: { id: booking.id },
          body: { reason: 'poor_quality', description: 'The ceiling has one coat, and it shows.' },
        }),
    };
  },
};

const say: Action = {
  name: 'say something in a dispute',
  weight: 2,
  isContended: true,
  plan: async (sequence) => {
    const known = await openDisputes(sequence);
    if (known.length === 0) return undefined;
    const { id, sides } = sequence.chance.pick(known);
    const person = personOf(sequence, sequence.chance.pick(sides));
    return {
      says: `${person.name} says something in ${id}`,
      expects: ['ok', 'conflict'],
      run: () =>
        call(sequence.world, person, disputes.addEvidence, {
          params: { id },
          body: { text: 'It was agreed.' },
        }),
    };
  },
};

const end: Action = {
  name: 'give in or take back',
  weight: 3,
  isContended: true,
  plan: async (sequence) => {
    const known = await openDisputes(sequence);
    if (known.length === 0) return undefined;
    const { id, openedBy, sides, isFrozenOtherwise } = sequence.chance.pick(known);
    const person = personOf(sequence, sequence.chance.pick(sides));
    const withdraws = (person.role === openedBy) === sequence.chance.happens(90);
    const isPossible = withdraws ? person.role === openedBy : person.role !== openedBy && !isFrozenOtherwise;
    return {
      says: `${person.name} ${withdraws ? 'withdraws' : 'concedes'} ${id}`,
      // Its booking may have ended by a bank, and a sweep has yet to notice.
      expects: isPossible ? ['ok', 'conflict'] : ['conflict'],
      run: () =>
        call(sequence.world, person, withdraws ? disputes.withdraw : disputes.concede, { params: { id } }),
    };
  },
};

const decide: Action = {
  name: 'an admin decides a dispute',
  weight: 4,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await openDisputes(sequence);
    if (known.length === 0) return undefined;
    const { id, left, currency } = chance.pick(known);
    const decision = chance.pick(['release', 'refund', 'split', 'split'] as const);
    const step = currency === 'huf' ? 100 : 1;
    const refundAmount = Math.max(step, Math.floor((left * chance.between(1, 99)) / 100 / step) * step);
    const body: DisputeResolution = { decision, note: 'It was looked at, and it is so.' };
    const person = chance.pick(sequence.admins);
    return {
      says: `${person.name} decides ${id}: ${decision} ${decision === 'split' ? refundAmount : ''}`,
      expects: ['ok', 'conflict', 'validation_failed'],
      run: () =>
        call(world, person, disputes.resolve, {
          params: { id },
          body: decision === 'split' ? { ...body, refundAmount } : body,
        }),
    };
  },
};

export const disputeActions: Action[] = [open, say, end, decide];
