import { sql } from 'kysely';
import type { Pass } from './pass.ts';

const batch = 500;

/**
 * The connected accounts of a pass: all, or those that something moved on in its window or is on its way from, by our
 * rows or by what Stripe's webhooks have told of them.
 */
export async function* accountsIn(pass: Pass): AsyncGenerator<string> {
  let after = '';
  for (;;) {
    const { rows } = await sql<{ id: string }>`
      select stripe_account_id as id from connected_accounts
      where stripe_account_id > ${after} and ${pass.since === null ? sql`true` : movedSince(pass.since)}
      order by stripe_account_id limit ${batch}`.execute(pass.ctx.db);
    for (const row of rows) yield row.id;
    if (rows.length < batch) return;
    after = rows.at(-1)!.id;
  }
}

const movedSince = (since: Date) => sql`(
  user_id in (
    select contractor_id from payments where updated_at >= ${since} and released_at >= ${since}
    union select contractor_id from payouts where updated_at >= ${since} or status in ('pending', 'in_transit'))
  or stripe_account_id in (select stripe_account_id from stripe_events where received_at >= ${since}))`;
