import { sql } from 'kysely';
import type { Stripe } from '../vendors/stripe.ts';
import { compare, type Theirs } from './compare.ts';
import type { Suspect } from './findings.ts';
import { oursBy } from './own-rows.ts';
import { createdIn, type Pass } from './pass.ts';
import { first, pages, read, readObject } from './read-stripe.ts';

/** Stripe lists reversals by their transfer only: those of the pass are gone through, the others read one by one. */
export function compareReversals(pass: Pass): Promise<Suspect[]> {
  return compare(pass, {
    ...oursBy(
      sql`select stripe_reversal_id as key, stripe_reversal_id as subject, amount_minor as amount, currency, '' as status
        from reversals where stripe_reversal_id is not null`,
      sql.ref('stripe_reversal_id'),
      (since) => sql`succeeded_at >= ${since}`,
      () => '',
    ),
    theirs: () => reversalsOf(pass),
    read: async (_pass, { subject }) => {
      const transferId = await transferOf(pass, subject);
      const made = await readObject(pass, () =>
        pass.ctx.stripe.transfers.retrieveReversal(transferId, subject),
      );
      return first(made, present);
    },
  });
}

async function* reversalsOf(pass: Pass): AsyncGenerator<Theirs[]> {
  const { transfers } = pass.ctx.stripe;
  for await (const page of pages(pass, (paging) => transfers.list({ ...createdIn(pass), ...paging })))
    for (const transfer of page) {
      if (transfer.metadata.payment_id === undefined || transfer.amount_reversed === 0) continue;
      const made = await read(pass, () => transfers.listReversals(transfer.id, { limit: 100 }));
      yield made.data.flatMap(present);
    }
}

const present = ({ id, amount, currency }: Stripe.TransferReversal): Theirs[] => [
  { key: id, subject: id, state: `${amount} ${currency}` },
];

/** The transfer of one of our reversals. */
export async function transferOf(pass: Pass, stripeReversalId: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select stripe_transfer_id as id from reversals where stripe_reversal_id = ${stripeReversalId}`.execute(
    pass.ctx.db,
  );
  return rows[0]!.id;
}
