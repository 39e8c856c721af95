import { sql } from 'kysely';
import type { Stripe } from '../vendors/stripe.ts';
import { accountsIn } from './accounts.ts';
import { compare, type Theirs } from './compare.ts';
import type { Suspect } from './findings.ts';
import { oursBy } from './own-rows.ts';
import { createdIn, type Pass } from './pass.ts';
import { first, flat, pages, readAccount, readable, readObject } from './read-stripe.ts';

export function comparePayouts(pass: Pass): Promise<Suspect[]> {
  const { stripe } = pass.ctx;
  /** Payouts of a connected account are all ours: one without our metadata was made behind our back. */
  const present = (payout: Stripe.Payout): Theirs[] => [
    {
      key: payout.metadata?.payout_id ?? `no payout of ours: ${payout.id}`,
      subject: payout.id,
      state: `${payout.amount} ${payout.currency} ${payout.status}`,
    },
  ];
  return compare(pass, {
    ...oursBy(
      sql`select id as key, stripe_payout_id as subject, amount_minor as amount, currency, status
        from payouts where stripe_payout_id is not null`,
      sql.ref('payouts.id'),
      (since) =>
        sql`(status in ('pending', 'in_transit') or (updated_at >= ${since} and requested_at >= ${since}))`,
      (status) => status,
    ),
    theirs: async function* () {
      for await (const stripeAccount of accountsIn(pass)) {
        const list = pages(pass, (paging) =>
          stripe.payouts.list({ ...createdIn(pass), ...paging }, { stripeAccount }),
        );
        yield* readable(pass, stripeAccount, flat(list, present));
      }
    },
    read: async (_pass, { key, subject }) => {
      const stripeAccount = await accountOfPayout(pass, key);
      const made = await readAccount(pass, stripeAccount, () =>
        readObject(pass, () => stripe.payouts.retrieve(subject, {}, { stripeAccount })),
      );
      return pass.unreadable.has(stripeAccount) ? 'unreadable' : first(made, present);
    },
  });
}

async function accountOfPayout(pass: Pass, payoutId: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select paid_from as id from payouts where payouts.id = ${payoutId}`.execute(pass.ctx.db);
  return rows[0]!.id;
}
