import { ApiError } from '@holdfast/client';
import {
  applications,
  bookings,
  contractors,
  formatMoney,
  jobs,
  type Money,
  payments,
  payouts,
  reviews,
} from '@holdfast/contract';
import { as, type Player, register, verify } from './player.ts';
import { advanceClock, authenticatePayment, fillInOnboarding, type Stage } from './sandbox.ts';
import { until } from './until.ts';

/** What the steps hand on to each other. Ids only: whoever plays may be restarted at any point. */
export type Play = {
  stage: Stage;
  /** Makes idempotency keys unique to this play. */
  key: string;
  price: Money;
  customer: Player;
  contractor: Player;
  jobId?: string;
  applicationId?: string;
  bookingId?: string;
  paymentId?: string;
  stripePaymentId?: string;
  stripeAccountId?: string;
  payoutId?: string;
};

/** One thing somebody does. Running it again after a crash in the middle ends in the same place. */
export type Step = { title: string; run(play: Play): Promise<string> };

const dayMs = 24 * 3_600_000;
const place = { address: 'Neubaugasse 12/4', city: 'Vienna', lat: 48.20174, lng: 16.34901 };

/** True if the action was refused because it has happened already; anything else is rethrown. */
async function unlessDone(act: () => Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.status !== 409 || !(await isDone())) throw error;
  }
}

const payment = ({ stage, customer, paymentId }: Play) =>
  as(stage, customer, (client) => client.call(payments.get, { params: { id: paymentId! } }));

const booking = ({ stage, contractor, bookingId }: Play) =>
  as(stage, contractor, (client) => client.call(bookings.get, { params: { id: bookingId! } }));

const balance = ({ stage, contractor, price }: Play) =>
  as(stage, contractor, async (client) =>
    (await client.call(payouts.balance)).balances.find((one) => one.currency === price.currency),
  );

const signUpSteps: Step[] = [
  {
    title: 'The customer registers and proves the e-mail address with the code',
    run: async ({ stage, customer }) => {
      await register(stage, customer);
      await verify(stage, customer);
      return customer.email;
    },
  },
  {
    title: 'The contractor does the same and writes a profile',
    run: async ({ stage, contractor }) => {
      await register(stage, contractor);
      await verify(stage, contractor);
      await as(stage, contractor, (client) =>
        client.call(contractors.saveProfile, {
          body: {
            headline: 'Walls and ceilings',
            bio: 'Twenty years of painting.',
            categories: ['painting'],
            skills: ['interior walls'],
            serviceCentre: { lat: 48.2082, lng: 16.3738 },
            serviceRadiusKm: 40,
            hourlyRate: null,
          },
        }),
      );
      return contractor.email;
    },
  },
];

const hireSteps: Step[] = [
  {
    title: 'The customer posts a job',
    run: async (play) => {
      const { stage, customer, price, key } = play;
      const body = {
        title: 'Repaint a kitchen',
        description: 'Two walls and the ceiling, about 30 square metres.',
        category: 'painting' as const,
        budget: price,
        place,
      };
      const job = await as(stage, customer, (client) =>
        client.call(jobs.create, { body, idempotencyKey: `${key}-job` }),
      );
      play.jobId = job.id;
      return `budget ${formatMoney(job.budget)}`;
    },
  },
  {
    title: 'The contractor finds it nearby; the exact address stays hidden',
    run: async ({ stage, contractor, jobId }) => {
      const query = {
        q: 'kitchen',
        category: 'painting' as const,
        lat: '48.2',
        lng: '16.35',
        radiusKm: '30',
        limit: '100',
      };
      const found = await as(stage, contractor, (client) => client.call(jobs.search, { query }));
      const job = found.items.find((one) => one.id === jobId);
      if (job === undefined) throw new Error('the job is not in the search');
      if (job.place.isExact || job.place.address !== null)
        throw new Error('the address is shown to a stranger');
      return `${job.distanceKm} km away`;
    },
  },
  {
    title: 'The contractor applies with a quote',
    run: async (play) => {
      const { stage, contractor, price, jobId } = play;
      const own = async () => {
        const { items } = await as(stage, contractor, (client) =>
          client.call(applications.listOwn, { query: {} }),
        );
        play.applicationId = items.find((one) => one.jobId === jobId)?.id;
        return play.applicationId !== undefined;
      };
      await unlessDone(
        () =>
          as(stage, contractor, (client) =>
            client.call(applications.apply, {
              params: { id: jobId! },
              body: { quote: price, message: 'I can start on Monday.' },
            }),
          ),
        own,
      );
      await own();
      return `quote ${formatMoney(price)}`;
    },
  },
  {
    title: 'The customer books the contractor',
    run: async (play) => {
      const { stage, customer, applicationId, key } = play;
      const made = await as(stage, customer, (client) =>
        client.call(bookings.create, {
          body: { applicationId: applicationId! },
          idempotencyKey: `${key}-booking`,
        }),
      );
      play.bookingId = made.id;
      return made.state;
    },
  },
  {
    title: 'The contractor confirms',
    run: async (play) => {
      const { stage, contractor, bookingId } = play;
      await unlessDone(
        () =>
          as(stage, contractor, (client) => client.call(bookings.confirm, { params: { id: bookingId! } })),
        async () => (await booking(play)).state === 'confirmed',
      );
      return (await booking(play)).state;
    },
  },
];

const paySteps: Step[] = [
  {
    title: 'The customer creates the payment',
    run: async (play) => {
      const { stage, customer, bookingId } = play;
      const made = await as(stage, customer, (client) =>
        client.call(payments.createIntent, { body: { bookingId: bookingId! } }),
      );
      play.paymentId = made.payment.id;
      play.stripePaymentId = made.payment.stripePaymentId!;
      return `${formatMoney(made.payment.amount)}, of which commission ${formatMoney(made.payment.commission)}`;
    },
  },
  {
    title: 'The first card is declined',
    run: async (play) => {
      const refused = await confirm(play, 'pm_card_visa_chargeDeclinedInsufficientFunds').then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!(refused instanceof ApiError) || refused.problem.code !== 'card_declined')
        throw refused ?? new Error('not declined');
      return `${refused.problem.status} ${refused.problem.declineCode}`;
    },
  },
  {
    title: 'The second card asks for 3-D Secure',
    run: async (play) => {
      const { nextAction, payment: current } = await confirm(play, 'pm_card_threeDSecure2Required');
      if (nextAction === null) throw new Error(`no next action, ${current.status}`);
      return nextAction.type;
    },
  },
  {
    title: 'The customer completes it on the page of the bank: the money is held',
    run: async (play) => {
      if ((await payment(play)).status === 'pending') {
        if ((await confirm(play)).payment.status === 'pending')
          await authenticatePayment(play.stage, play.stripePaymentId!);
        await confirm(play);
      }
      const state = await until('the booking is active', async () => {
        const { state } = await booking(play);
        return state === 'active' && state;
      });
      return `payment ${(await payment(play)).status}, booking ${state}`;
    },
  },
];

const workSteps: Step[] = [
  {
    title: 'The contractor delivers',
    run: async (play) => {
      const { stage, contractor, bookingId } = play;
      await unlessDone(
        () =>
          as(stage, contractor, (client) =>
            client.call(bookings.deliver, {
              params: { id: bookingId! },
              body: { note: 'Two coats, all dry.' },
            }),
          ),
        async () => (await booking(play)).state === 'delivered',
      );
      return (await booking(play)).state;
    },
  },
  {
    title: 'The customer marks the job complete; the release waits for the contractor to be onboarded',
    run: async (play) => {
      const { stage, customer, jobId } = play;
      await as(stage, customer, (client) => client.call(bookings.complete, { params: { id: jobId! } }));
      return until('the release waits', async () => {
        const { status, releaseWaitsFor } = await payment(play);
        return (status !== 'held' || releaseWaitsFor !== null) && (releaseWaitsFor ?? status);
      });
    },
  },
  {
    title: 'The contractor is onboarded at Stripe: the money goes out by itself',
    run: async (play) => {
      const { stage, contractor } = play;
      const { account } = await as(stage, contractor, (client) => client.call(payouts.connect, { body: {} }));
      play.stripeAccountId = account.stripeAccountId!;
      if (account.state !== 'ready') await fillInOnboarding(stage, play.stripeAccountId);
      return until('the payment is released', async () => {
        const { status, contractorAmount } = await payment(play);
        return status === 'released' && `${status}, ${formatMoney(contractorAmount)} to the contractor`;
      });
    },
  },
  {
    title: 'Both review each other',
    run: async (play) => {
      for (const player of [play.customer, play.contractor]) {
        const body = { rating: 5, text: 'A pleasure.' };
        await unlessDone(
          () =>
            as(play.stage, player, (client) =>
              client.call(reviews.submit, { params: { id: play.bookingId! }, body }),
            ),
          async () => true,
        );
      }
      return '5 and 5';
    },
  },
];

const withdrawSteps: Step[] = [
  {
    title: 'Two days later Stripe has settled the money',
    run: async (play) => {
      await advanceClock(play.stage, 2 * dayMs + 60_000);
      const available = await until('the money is available', async () => {
        const now = await balance(play);
        return now !== undefined && now.available > 0 && now.available;
      });
      return `${formatMoney({ amount: available, currency: play.price.currency })} available`;
    },
  },
  {
    title: 'The contractor withdraws everything to the bank',
    run: async (play) => {
      const { stage, contractor, price, key } = play;
      const made = await as(stage, contractor, (client) =>
        client.call(payouts.withdraw, {
          body: { currency: price.currency },
          idempotencyKey: `${key}-withdraw`,
        }),
      );
      play.payoutId = made.id;
      await until('the payout is at Stripe', async () => {
        const { items } = await as(stage, contractor, (client) =>
          client.call(payouts.history, { query: {} }),
        );
        return items.find((one) => one.id === made.id)?.stripePayoutId ?? undefined;
      });
      return formatMoney(made.amount);
    },
  },
  {
    title: 'Days later the bank has it',
    run: async (play) => {
      await advanceClock(play.stage, 3 * dayMs);
      return until('the payment is withdrawn', async () => {
        const { status } = await payment(play);
        return status === 'withdrawn' && status;
      });
    },
  },
];

/** The whole main job: post, hire, pay, hold, complete, release, withdraw. */
export const journey: Step[] = [...signUpSteps, ...hireSteps, ...paySteps, ...workSteps, ...withdrawSteps];

function confirm({ stage, customer, paymentId }: Play, paymentMethod?: string) {
  const body = { paymentId: paymentId!, ...(paymentMethod === undefined ? {} : { paymentMethod }) };
  return as(stage, customer, (client) => client.call(payments.confirm, { body }));
}
