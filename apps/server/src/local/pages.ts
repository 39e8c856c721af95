import type { FastifyInstance } from 'fastify';
import type { Mailbox } from './mailbox.ts';
import { MAILBOX_CONTENT_SECURITY_POLICY, renderMailbox } from './mailbox-page.ts';

/** /dev/mail: what would have been sent. Only there when the local mailbox is. */
export function serveMailboxPage(app: FastifyInstance, mailbox: Mailbox): void {
  app.get<{ Querystring: { id?: string } }>('/dev/mail', { schema: { hide: true } }, async (request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', MAILBOX_CONTENT_SECURITY_POLICY)
      .send(renderMailbox(mailbox.messages(), request.query.id)),
  );
}
