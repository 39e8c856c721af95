import { z } from 'zod';
import { idOf, Timestamp } from './fields.ts';

/** What is kept of the doings of admins: their actions, what waits for a second one, tasks that gave up. */

const at = '2026-11-24T09:30:00.000Z';
const hash = 'f2ca1bb6c7e907d06dafe4687e579fce76b37e4e93b7605022da52e6ccc26fd2';

const Details = z.record(z.string(), z.unknown()).meta({
  description: 'depends on the action; names rows by id',
  examples: [{ reason: 'Chargeback fraud' }],
});

/** One line of the audit log. Each hash covers its line and the hash before: nothing can be changed unseen. */
export const AdminAction = z
  .object({
    seq: z.int().meta({ description: '1, 2, 3 … without gaps' }),
    id: idOf('act'),
    admin: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .meta({ description: 'null: a command run on the server' }),
    action: z.string().meta({ examples: ['user.suspend'] }),
    subject: z.string().meta({ description: 'id of what it was done to' }),
    details: Details,
    createdAt: Timestamp,
    previousHash: z.string().meta({ description: 'hexadecimal SHA-256' }),
    hash: z.string().meta({ description: 'hexadecimal SHA-256' }),
  })
  .meta({
    id: 'AdminAction',
    examples: [
      {
        seq: 1,
        id: 'act_5qZr8Vb2NfK0tXy7WcL3mD',
        admin: { id: 'usr_2bCd3eFg4hIj5kLm6nOp7q', name: 'Grace' },
        action: 'user.suspend',
        subject: 'usr_9zYx8wVu7tSr6qPo5nMl4k',
        details: { reason: 'Asked customers to pay in cash' },
        createdAt: at,
        previousHash: '0'.repeat(64),
        hash,
      },
    ],
  });
export type AdminAction = z.infer<typeof AdminAction>;

export const AuditVerdict = z
  .object({
    isIntact: z.boolean(),
    entries: z.int().meta({ description: 'checked, from the first on' }),
    headHash: z.string().nullable().meta({
      description:
        'hash of the last intact entry: kept elsewhere, it also proves later that no end was cut off',
    }),
    brokenAt: z
      .int()
      .nullable()
      .meta({ description: 'first seq that does not fit its hash or the one before' }),
  })
  .meta({
    id: 'AuditVerdict',
    examples: [{ isIntact: true, entries: 1, headHash: hash, brokenAt: null }],
  });
export type AuditVerdict = z.infer<typeof AuditVerdict>;

export const approvalStatuses = ['pending', 'approved', 'rejected', 'expired'] as const;
export const ApprovalStatus = z.enum(approvalStatuses).meta({ id: 'ApprovalStatus' });
export type ApprovalStatus = z.infer<typeof ApprovalStatus>;

const admin = z.object({ id: z.string(), name: z.string() });

/** An action that one admin asked for and that happens when another approves it. */
export const Approval = z
  .object({
    id: idOf('apv'),
    action: z.string(),
    subject: z.string(),
    details: Details,
    status: ApprovalStatus,
    requestedBy: admin,
    requestedAt: Timestamp,
    expiresAt: Timestamp,
    decidedBy: admin.nullable(),
    decidedAt: Timestamp.nullable(),
  })
  .meta({
    id: 'Approval',
    examples: [
      {
        id: 'apv_5qZr8Vb2NfK0tXy7WcL3mD',
        action: 'payment.refund',
        subject: 'pay_5qZr8Vb2NfK0tXy7WcL3mD',
        details: { amountMinor: 250_000, currency: 'eur' },
        status: 'pending',
        requestedBy: { id: 'usr_2bCd3eFg4hIj5kLm6nOp7q', name: 'Grace' },
        requestedAt: at,
        expiresAt: '2026-11-27T09:30:00.000Z',
        decidedBy: null,
        decidedAt: null,
      },
    ],
  });
export type Approval = z.infer<typeof Approval>;

/** A task of the outbox that failed so often that it is not tried again by itself. */
export const FailedTask = z
  .object({
    id: z.string(),
    task: z.string(),
    names: z.record(z.string(), z.string()).meta({ description: 'the ids in its payload' }),
    attempts: z.int(),
    lastError: z.string().nullable(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({
    id: 'FailedTask',
    examples: [
      {
        id: '4711',
        task: 'payments.release',
        names: { paymentId: 'pay_5qZr8Vb2NfK0tXy7WcL3mD' },
        attempts: 25,
        lastError: 'connect ECONNREFUSED',
        createdAt: at,
        updatedAt: at,
      },
    ],
  });
export type FailedTask = z.infer<typeof FailedTask>;
