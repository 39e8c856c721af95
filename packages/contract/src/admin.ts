import { z } from 'zod';
import { AdminAction, Approval, ApprovalStatus, AuditVerdict, FailedTask } from './admin-records.ts';
import { AdminJob, AdminPayment, AdminUser, AdminUserDetails, UserStatus } from './admin-resources.ts';
import { endpoint } from './endpoint.ts';
import { Category, Day, idOf, line, prose } from './fields.ts';
import { JobId, JobStatus } from './jobs.ts';
import { pageOf, pageQuery } from './pages.ts';
import { PaymentStatus } from './payments.ts';
import { Role, UserId } from './people.ts';

export const Reason = prose(3, 1000).meta({ examples: ['Asked customers to pay in cash.'] });
const ReasonGiven = z
  .strictObject({ reason: Reason })
  .meta({ examples: [{ reason: 'Asked customers to pay in cash.' }] });

const period = {
  from: Day.optional().meta({ description: 'first day, in UTC' }),
  to: Day.optional().meta({ description: 'last day, in UTC' }),
};
const userParams = z.strictObject({ id: UserId });
const approvalParams = z.strictObject({ id: idOf('apv') });
const shared = { tag: 'Admin', access: 'admin' } as const;

const listUsers = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/users',
  summary: 'Search people, newest first',
  query: z.strictObject({
    q: line(1, 200).optional().meta({ description: 'part of name or e-mail address, or an id' }),
    role: Role.optional().meta({ description: 'only people of this role' }),
    status: UserStatus.optional().meta({ description: 'only people in this status' }),
    ...pageQuery,
  }),
  response: pageOf(AdminUser),
});

const getUser = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/users/:id',
  summary: 'One person',
  params: userParams,
  response: AdminUserDetails,
});

const suspendUser = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/users/:id/suspend',
  summary: 'Suspend a person',
  description:
    'Sessions end at once, sockets close within 5 s, signing in is refused. Bookings go on and money is not touched; open jobs stay listed but nobody can book or be booked through them.',
  params: userParams,
  body: ReasonGiven,
  response: AdminUser,
  errors: ['conflict'],
});

const reinstateUser = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/users/:id/reinstate',
  summary: 'End a suspension',
  params: userParams,
  body: ReasonGiven,
  response: AdminUser,
  errors: ['conflict'],
});

const listJobs = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/jobs',
  summary: 'Search jobs in any status, newest first',
  query: z.strictObject({
    q: line(1, 200).optional().meta({ description: 'part of the title, or an id' }),
    status: JobStatus.optional().meta({ description: 'only jobs in this status' }),
    category: Category.optional().meta({ description: 'only jobs of this trade' }),
    customerId: UserId.optional(),
    contractorId: UserId.optional().meta({ description: 'the booked contractor' }),
    ...period,
    ...pageQuery,
  }),
  response: pageOf(AdminJob),
});

const listPayments = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/payments',
  summary: 'Search payments, newest first',
  query: z.strictObject({
    status: PaymentStatus.optional().meta({ description: 'only payments in this status' }),
    customerId: UserId.optional(),
    contractorId: UserId.optional(),
    jobId: JobId.optional(),
    stripePaymentId: z
      .string()
      .regex(/^pi_[0-9A-Za-z_]{1,100}$/, 'must be a payment intent of Stripe (pi_…)')
      .optional()
      .meta({ description: 'the payment of this intent at Stripe' }),
    isFrozen: z.enum(['true', 'false']).optional().meta({
      description: 'true: only payments that something freezes now · false: only those that nothing does',
    }),
    ...period,
    ...pageQuery,
  }),
  response: pageOf(AdminPayment),
});

const listFailedTasks = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/outbox/failed',
  summary: 'List outbox tasks that gave up, newest first',
  query: z.strictObject(pageQuery),
  response: pageOf(FailedTask),
});

const retryTask = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/outbox/:id/retry',
  summary: 'Try a task that gave up again, from its first attempt',
  params: z.strictObject({
    id: z
      .string()
      .regex(/^\d{1,15}$/, 'must be the number of a task')
      .meta({ description: 'the number of the task', examples: ['4711'] }),
  }),
  response: FailedTask,
  status: 202,
});

const listActions = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/audit-log',
  summary: 'Read what admins did, newest first',
  query: z.strictObject({
    adminId: UserId.optional(),
    action: line(1, 100)
      .optional()
      .meta({ description: 'only what was done by this name', examples: ['user.suspend'] }),
    subject: line(1, 100)
      .optional()
      .meta({ description: 'only what was done to this person, job, payment or task' }),
    ...period,
    ...pageQuery,
  }),
  response: pageOf(AdminAction),
});

const verifyActions = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/audit-log/verify',
  summary: 'Check the whole audit log against its hashes',
  response: AuditVerdict,
});

const listApprovals = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/approvals',
  summary: 'List what waits or waited for a second admin, newest first',
  query: z.strictObject({
    status: ApprovalStatus.optional().meta({ description: 'only approvals in this status' }),
    ...pageQuery,
  }),
  response: pageOf(Approval),
});

const approve = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/approvals/:id/approve',
  summary: "Approve another admin's action, which happens at once",
  description: 'If it cannot be done any more, the answer says why and the approval stays pending.',
  params: approvalParams,
  response: Approval,
  errors: ['conflict'],
});

const reject = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/approvals/:id/reject',
  summary: "Reject another admin's action",
  params: approvalParams,
  body: ReasonGiven,
  response: Approval,
  errors: ['conflict'],
});

export const admin = {
  listUsers,
  getUser,
  suspendUser,
  reinstateUser,
  listJobs,
  listPayments,
  listFailedTasks,
  retryTask,
  listActions,
  verifyActions,
  listApprovals,
  approve,
  reject,
};
