import { type Action, doing } from '../action.ts';

/** What goes wrong between Stripe and us: webhooks come late, twice, in any order or never; answers get lost. */

const deliver: Action = {
  name: 'deliver webhooks',
  weight: 9,
  isContended: true,
  plan: async ({ chance, world }) => {
    const waiting = await world.mailroom.waiting();
    if (waiting.length === 0) return undefined;
    const chosen = Array.from({ length: chance.between(1, 4) }, () => chance.pick(waiting));
    return doing(`webhooks: ${chosen.map((one) => `${one.type} ${one.event}`).join(', ')}`, async () => {
      const answers: unknown[] = [];
      for (const letter of chosen) answers.push(await world.mailroom.deliver(letter));
      return answers.join(' ');
    });
  },
};

const lose: Action = {
  name: 'lose a webhook',
  weight: 2,
  plan: async ({ chance, world }) => {
    const waiting = await world.mailroom.waiting();
    if (waiting.length === 0) return undefined;
    const letter = chance.pick(waiting);
    return doing(`lost: ${letter.type} ${letter.event}`, () => world.mailroom.lose(letter));
  },
};

const paths = [
  '/v1/payment_intents',
  '/v1/payment_intents/*/confirm',
  '/v1/payment_intents/*/cancel',
  '/v1/transfers',
  '/v1/transfers/*/reversals',
  '/v1/payouts',
  '/v1/refunds',
  '/v1/accounts',
  '/v1/customers',
];

const fail: Action = {
  name: 'Stripe fails',
  weight: 5,
  plan: async (sequence) => {
    const { chance, world } = sequence;
    const path = chance.pick(paths);
    const kind = chance.pick(['500', 'reset', 'reset', '429'] as const);
    const when = chance.pick(['before', 'after'] as const);
    const times = chance.between(1, 3);
    return doing(`POST ${path} fails ${times} times: ${kind} ${when} execution`, async () => {
      sequence.hasFaults = true;
      await world.sandbox.control.injectFault({ method: 'POST', path, kind, when, times });
    });
  },
};

export const stripeActions: Action[] = [deliver, lose, fail];
