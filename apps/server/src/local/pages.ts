import type { FastifyInstance } from 'fastify';
import type { Db } from '../db/connect.ts';
import type { LocalFcm } from './fcm.ts';
import { type DeviceOwner, pushPagePolicy, renderPushes } from './fcm-page.ts';
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

/** /dev/push: what phones would have been sent. Only there when the local stand-in for Firebase is. */
export function servePushPage(app: FastifyInstance, fcm: LocalFcm, db: Db): void {
  app.get<{ Querystring: { to?: string } }>(
    '/dev/push',
    { schema: { hide: true } },
    async (request, reply) => {
      const pushes = fcm.pushes();
      const owners = await ownersOf(
        db,
        pushes.map((push) => push.token),
      );
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', pushPagePolicy)
        .send(renderPushes(pushes, owners, request.query.to));
    },
  );
}

/** Whose devices these are now, by token. */
async function ownersOf(db: Db, tokens: readonly string[]): Promise<Map<string, DeviceOwner>> {
  const rows = await db
    .selectFrom('devices')
    .innerJoin('users', 'users.id', 'devices.user_id')
    .select(['devices.token', 'devices.platform', 'users.name', 'users.email'])
    .where((where) => where('devices.token', '=', where.fn.any(where.val([...new Set(tokens)]))))
    .execute();
  return new Map(rows.map(({ token, ...owner }) => [token, owner]));
}
