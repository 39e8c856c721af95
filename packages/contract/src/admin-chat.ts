import { z } from 'zod';
import { Reason } from './admin.ts';
import { AdminMessage, Report, ReportId, ReportOutcome } from './admin-chat-resources.ts';
import { MessageId } from './chat-resources.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery } from './pages.ts';

/** What admins do about the chat: decide about messages, close reports. Reading is in the audit log, too. */

const shared = { tag: 'Admin', access: 'admin' } as const;
const messageParams = z.strictObject({ id: MessageId });

const listMessages = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/messages',
  summary: 'List messages that lead past the platform, newest first',
  description: 'Until they are released or removed. That they were read is in the audit log.',
  query: z.strictObject({
    state: z.enum(['held', 'flagged']).optional().meta({
      description:
        'held: kept from their receivers, if left out · flagged: marked, but seen by their receivers',
    }),
    ...pageQuery,
  }),
  response: pageOf(AdminMessage),
});

const releaseMessage = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/messages/:id/release',
  summary: 'Let a message through, or take the mark off one that was',
  description:
    'Both people are told of it at its place. A conflict if it was changed since this version was read, or if it is neither held back nor marked.',
  params: messageParams,
  body: z
    .strictObject({ version: z.int().min(1).max(2_147_483_647).meta({ description: 'that was read' }) })
    .meta({ examples: [{ version: 1 }] }),
  response: AdminMessage,
  errors: ['conflict'],
});

const removeMessage = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/messages/:id/remove',
  summary: 'Remove a message that is held back, marked or was reported',
  description:
    'It is empty for both, as if its sender had deleted it; only its sender can still fetch what was attached.',
  params: messageParams,
  body: z.strictObject({ reason: Reason }).meta({ examples: [{ reason: 'Asks for payment in cash.' }] }),
  response: AdminMessage,
  errors: ['conflict'],
});

const listReports = endpoint({
  ...shared,
  method: 'GET',
  path: '/api/admin/reports',
  summary: 'List what people reported, newest first',
  description: 'That messages were read is in the audit log.',
  query: z.strictObject({
    state: z.enum(['open', 'closed']).optional().meta({ description: 'open, if left out' }),
    ...pageQuery,
  }),
  response: pageOf(Report),
});

const closeReport = endpoint({
  ...shared,
  method: 'POST',
  path: '/api/admin/reports/:id/close',
  summary: 'Close a report, saying what came of it',
  description:
    'It only says so: remove the message or suspend the person first. A conflict if that was not done, or if the report is closed.',
  params: z.strictObject({ id: ReportId }),
  body: z
    .strictObject({ outcome: ReportOutcome, note: Reason })
    .meta({ examples: [{ outcome: 'dismissed', note: 'A single offer, and a polite one.' }] }),
  response: Report,
  errors: ['conflict'],
});

export const adminChat = { listMessages, releaseMessage, removeMessage, listReports, closeReport };
