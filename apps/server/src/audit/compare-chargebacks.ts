import { sql } from 'kysely';
import type { Stripe } from '../vendors/stripe.ts';
import { compare, type Theirs } from './compare.ts';
import type { Suspect } from './findings.ts';
import { oursBy } from './own-rows.ts';
import { createdIn, type Pass } from './pass.ts';
import { first, flat, pages, readObject } from './read-stripe.ts';

/** Disputes at Stripe about our payments, and how they stand. */
export function compareChargebacks(pass: Pass): Promise<Suspect[]> {
  const { disputes } = pass.ctx.stripe;
  return compare(pass, {
    ...oursBy(
      sql`select stripe_dispute_id as key, stripe_dispute_id as subject, amount_minor as amount, currency,
          stripe_status as status from chargebacks where true`,
      sql.ref('stripe_dispute_id'),
      (since) => sql`(outcome is null or updated_at >= ${since})`,
      (status) => status,
    ),
    theirs: () =>
      flat(
        pages(pass, (paging) =>
          disputes.list({ ...createdIn(pass), ...paging, expand: ['data.payment_intent'] }),
        ),
        present,
      ),
    read: async (_pass, { subject }) =>
      first(
        await readObject(pass, () => disputes.retrieve(subject, { expand: ['payment_intent'] })),
        present,
      ),
  });
}

function present({ id, amount, currency, status, payment_intent: intent }: Stripe.Dispute): Theirs[] {
  if (intent === null || typeof intent === 'string' || intent.metadata.payment_id === undefined) return [];
  return [{ key: id, subject: id, state: `${amount} ${currency} ${status}` }];
}
