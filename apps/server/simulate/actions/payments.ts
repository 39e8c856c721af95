import { payments } from '@holdfast/contract';
import { type Action, type Attempt, doing, personOf, type Sequence } from '../action.ts';
import { call } from '../api.ts';
import { type Booked, bookings } from '../look.ts';

const goodCards = ['pm_card_bypassPending', 'pm_card_bypassPending', 'pm_card_visa'];
const badCards = [
  'pm_card_chargeDeclined',
  'pm_card_chargeDeclinedInsufficientFunds',
  'pm_card_visa_chargeDeclined',
];
const slowCards = [
  'pm_card_threeDSecure2Required',
  'pm_card_pendingRefund',
  'pm_card_refundFail',
  'pm_card_createDispute',
  'pm_card_createDisputeInquiry',
];

const canPay = (sequence: Sequence, booking: Booked) =>
  booking.state === 'confirmed' &&
  booking.payBy !== null &&
  booking.payBy > sequence.world.life.ctx.clock.now();

const openIntent: Action = {
  name: 'create an intent',
  weight: 4,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = await bookings(sequence, chance.happens(85) ? ['confirmed'] : undefined);
    if (known.length === 0) return undefined;
    const booking = chance.pick(known);
    const customer = personOf(sequence, booking.customerId);
    return {
      says: `${customer.name} wants to pay ${booking.id} (${booking.state})`,
      expects: [canPay(sequence, booking) ? 'ok' : 'conflict'],
      run: () => call(world, customer, payments.createIntent, { body: { bookingId: booking.id } }),
    };
  },
};

function paying(sequence: Sequence, booking: Booked, card: string): Attempt {
  const { world } = sequence;
  const customer = personOf(sequence, booking.customerId);
  const says = `${customer.name} pays ${booking.id} by ${card} (${booking.state})`;
  return {
    says,
    // The intent may have been paid, or given up, elsewhere and nobody told us yet.
    expects: canPay(sequence, booking)
      ? ['ok', 'card_declined', 'unprocessable']
      : ['conflict', 'ok', 'card_declined', 'unprocessable'],
    run: async () => {
      let paymentId = booking.paymentId;
      if (paymentId === null) {
        const opened = await call(world, customer, payments.createIntent, {
          body: { bookingId: booking.id },
        });
        if (opened.code !== 'ok') return opened;
        paymentId = opened.body!.payment.id;
      }
      return call(world, customer, payments.confirm, { body: { paymentId, paymentMethod: card } });
    },
  };
}

export const pay: Action = {
  name: 'pay',
  weight: 12,
  isContended: true,
  plan: async (sequence) => {
    const { chance } = sequence;
    const known = await bookings(sequence, chance.happens(92) ? ['confirmed'] : undefined);
    if (known.length === 0) return undefined;
    const kind = chance.below(10);
    const cards = kind < 6 ? goodCards : kind < 8 ? badCards : slowCards;
    return paying(sequence, chance.pick(known), chance.pick(cards));
  },
};

const readAgain: Action = {
  name: 'read a payment again',
  weight: 2,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = (await bookings(sequence)).filter((one) => one.paymentId !== null);
    if (known.length === 0) return undefined;
    const { paymentId, customerId } = chance.pick(known);
    const customer = personOf(sequence, customerId);
    return {
      says: `${customer.name} reads ${paymentId} again`,
      expects: ['ok'],
      run: () => call(world, customer, payments.confirm, { body: { paymentId: paymentId! } }),
    };
  },
};

/** What the customer does past us: in the app with Stripe's SDK, and on the bank's page. */
const payInApp: Action = {
  name: 'pay in the app',
  weight: 4,
  isContended: true,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = (await bookings(sequence)).filter(
      (one) => one.paymentStatus === 'pending' && one.stripePaymentId !== null,
    );
    if (known.length === 0) return undefined;
    const { stripePaymentId, id } = chance.pick(known);
    const card = chance.pick([...goodCards, ...badCards, ...slowCards]);
    return doing(`the app pays ${id} by ${card}`, () =>
      atStripe(world.sandbox.url, world.sandbox.secretKey, `payment_intents/${stripePaymentId}/confirm`, {
        payment_method: card,
        return_url: 'https://app.example/back',
      }),
    );
  },
};

const authenticate: Action = {
  name: 'authenticate',
  weight: 4,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const known = (await bookings(sequence)).filter(
      (one) => one.paymentStatus === 'pending' && one.stripePaymentId !== null,
    );
    if (known.length === 0) return undefined;
    const { stripePaymentId, id } = chance.pick(known);
    const outcome = chance.happens(75) ? 'succeed' : 'fail';
    return doing(`the bank's page of ${id}: ${outcome}`, () =>
      world.sandbox.control.completeAuthentication(stripePaymentId!, outcome).then(
        () => 'ok',
        () => 'nothing to authenticate',
      ),
    );
  },
};

async function atStripe(
  url: string,
  key: string,
  path: string,
  form: Record<string, string>,
): Promise<string> {
  const answer = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form),
  }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer === undefined ? 'no answer' : `Stripe says ${answer.status}`;
}

export const paymentActions: Action[] = [openIntent, pay, readAgain, payInApp, authenticate];
