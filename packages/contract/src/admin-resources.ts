import { z } from 'zod';
import { Category, idOf, Timestamp } from './fields.ts';
import { JobStatus, PersonName } from './jobs.ts';
import { Money } from './money.ts';
import { FreezeCause, PaymentStatus } from './payments.ts';
import { Role } from './people.ts';

/** What admins see of people, jobs and payments. */

const time = Timestamp.nullable();
const at = '2026-11-24T09:30:00.000Z';
const ada = { id: 'usr_1aBc2dEf3gHi4jKl5mNo6p', name: 'Ada' };
const carl = { id: 'usr_9zYx8wVu7tSr6qPo5nMl4k', name: 'Carl' };

export const userStatuses = ['active', 'unproven', 'suspended', 'deleted'] as const;
export const UserStatus = z
  .enum(userStatuses)
  .meta({ id: 'UserStatus', description: 'unproven: has not proven the e-mail address yet' });
export type UserStatus = z.infer<typeof UserStatus>;

const userFields = {
  id: idOf('usr'),
  role: Role,
  email: z.string(),
  name: z.string(),
  status: UserStatus,
  hasSecondFactor: z.boolean(),
  suspendedAt: time,
  deletedAt: time,
  createdAt: Timestamp,
};
const exampleUser = {
  ...ada,
  role: 'customer' as const,
  email: 'ada@example.org',
  status: 'active' as const,
  hasSecondFactor: false,
  suspendedAt: null,
  deletedAt: null,
  createdAt: at,
};

export const AdminUser = z.object(userFields).meta({ id: 'AdminUser', examples: [exampleUser] });
export type AdminUser = z.infer<typeof AdminUser>;

export const AdminUserDetails = z
  .object({
    ...userFields,
    openSessions: z.int(),
    lastSeenAt: time.meta({ description: 'newest use of a session that is remembered' }),
    jobs: z.int().meta({ description: 'jobs posted' }),
    bookings: z.int().meta({ description: 'on either side' }),
    payments: z.int().meta({ description: 'on either side, failed ones included' }),
    stripeAccountId: z.string().nullable().meta({ description: "a contractor's account at Stripe" }),
  })
  .meta({
    id: 'AdminUserDetails',
    examples: [
      {
        ...exampleUser,
        openSessions: 1,
        lastSeenAt: at,
        jobs: 4,
        bookings: 3,
        payments: 3,
        stripeAccountId: null,
      },
    ],
  });
export type AdminUserDetails = z.infer<typeof AdminUserDetails>;

export const AdminJob = z
  .object({
    id: idOf('job'),
    customer: PersonName,
    bookedContractor: PersonName.nullable(),
    title: z.string(),
    category: Category,
    budget: Money,
    city: z.string(),
    status: JobStatus,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({
    id: 'AdminJob',
    examples: [
      {
        id: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
        customer: ada,
        bookedContractor: carl,
        title: 'Repaint a kitchen',
        category: 'painting',
        budget: { amount: 45_000, currency: 'eur' },
        city: 'Vienna',
        status: 'booked',
        createdAt: at,
        updatedAt: at,
      },
    ],
  });
export type AdminJob = z.infer<typeof AdminJob>;

const AdminFreeze = z.object({
  cause: FreezeCause,
  subject: z.string().meta({
    description: "the id of the dispute or chargeback, Stripe's id of the warning, or of the payment itself",
  }),
  reason: z.string(),
  since: Timestamp,
});

export const AdminPayment = z
  .object({
    id: idOf('pay'),
    bookingId: z.string(),
    job: z.object({ id: z.string(), title: z.string() }),
    customer: PersonName,
    contractor: PersonName,
    amount: Money,
    commission: Money,
    commissionBasisPoints: z.int(),
    contractorAmount: Money,
    refunded: Money,
    refundIds: z.array(z.string()).meta({ description: 'its refunds in any status, oldest first' }),
    freezes: z.array(AdminFreeze).meta({
      description: 'why the money does not move now, oldest reason first; empty when it may',
    }),
    stripeFee: Money.nullable().meta({ description: 'null until Stripe has told it' }),
    status: PaymentStatus,
    stripePaymentId: z.string().nullable(),
    stripeStatus: z.string().nullable(),
    stripeTransferId: z.string().nullable(),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
    releaseRequestedAt: time,
    releaseWaitsFor: z.string().nullable(),
    refundRequestedAt: time,
    heldAt: time,
    releasedAt: time,
    withdrawnAt: time,
    refundedAt: time,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({
    id: 'AdminPayment',
    examples: [
      {
        id: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
        bookingId: 'bkg_5qZr8Vb2NfK0tXy7WcL3mD',
        job: { id: 'job_5qZr8Vb2NfK0tXy7WcL3mD', title: 'Repaint a kitchen' },
        customer: ada,
        contractor: carl,
        amount: { amount: 42_000, currency: 'eur' },
        commission: { amount: 4200, currency: 'eur' },
        commissionBasisPoints: 1000,
        contractorAmount: { amount: 37_800, currency: 'eur' },
        refunded: { amount: 0, currency: 'eur' },
        refundIds: [],
        freezes: [
          {
            cause: 'admin',
            subject: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
            reason: 'The customer says that the card was stolen.',
            since: at,
          },
        ],
        stripeFee: { amount: 655, currency: 'eur' },
        status: 'held',
        stripePaymentId: 'pi_3Q8vZxKc2eZvKYlo1aBcDeFg',
        stripeStatus: 'succeeded',
        stripeTransferId: null,
        failure: null,
        releaseRequestedAt: null,
        releaseWaitsFor: null,
        refundRequestedAt: null,
        heldAt: at,
        releasedAt: null,
        withdrawnAt: null,
        refundedAt: null,
        createdAt: at,
        updatedAt: at,
      },
    ],
  });
export type AdminPayment = z.infer<typeof AdminPayment>;
