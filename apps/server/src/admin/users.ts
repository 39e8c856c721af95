import type { AdminUser, AdminUserDetails, admin, InputOf, Page, UserStatus } from '@holdfast/contract';
import { type RawBuilder, sql } from 'kysely';
import { getUser as findUser } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { newestFirst } from '../db/newest-first.ts';
import { presentUser } from './present.ts';

const statusConditions: Record<UserStatus, RawBuilder<boolean>> = {
  active: sql`email_verified_at is not null and suspended_at is null and deleted_at is null`,
  unproven: sql`email_verified_at is null and suspended_at is null and deleted_at is null`,
  suspended: sql`suspended_at is not null and deleted_at is null`,
  deleted: sql`deleted_at is not null`,
};

/**
 * People, newest first. A search for a part of a word reads along the index by time until the page is full, which for
 * a rare word is the whole table: admins are few, and an index for it would need an extension.
 */
export async function listUsers(
  ctx: Ctx,
  query: InputOf<typeof admin.listUsers>['query'],
): Promise<Page<AdminUser>> {
  let select = ctx.db.selectFrom('users').selectAll();
  if (query.q !== undefined)
    select = select.where(
      sql<boolean>`(strpos(lower(name), lower(${query.q})) > 0 or strpos(email, lower(${query.q})) > 0 or id = ${query.q})`,
    );
  if (query.role !== undefined) select = select.where('role', '=', query.role);
  if (query.status !== undefined) select = select.where(statusConditions[query.status]);
  const page = await newestFirst(select, 'users.created_at', query);
  return { items: page.items.map(presentUser), nextCursor: page.nextCursor };
}

/** One person, with how much hangs on the account. Throws not_found. */
export async function readUser(ctx: Ctx, userId: string): Promise<AdminUserDetails> {
  const user = await findUser(ctx.db, userId);
  const { rows } = await sql<Counts>`select
    (select count(*) from sessions where user_id = ${userId} and revoked_at is null
      and expires_at > ${ctx.clock.now()}) as open_sessions,
    (select max(last_used_at) from sessions where user_id = ${userId}) as last_seen_at,
    (select count(*) from jobs where customer_id = ${userId}) as jobs,
    (select count(*) from bookings where customer_id = ${userId} or contractor_id = ${userId}) as bookings,
    (select count(*) from payments where customer_id = ${userId} or contractor_id = ${userId}) as payments,
    (select stripe_account_id from connected_accounts where user_id = ${userId}) as stripe_account_id`.execute(
    ctx.db,
  );
  const counts = rows[0]!;
  return {
    ...presentUser(user),
    openSessions: counts.open_sessions,
    lastSeenAt: counts.last_seen_at?.toISOString() ?? null,
    jobs: counts.jobs,
    bookings: counts.bookings,
    payments: counts.payments,
    stripeAccountId: counts.stripe_account_id,
  };
}

type Counts = {
  open_sessions: number;
  last_seen_at: Date | null;
  jobs: number;
  bookings: number;
  payments: number;
  stripe_account_id: string | null;
};
