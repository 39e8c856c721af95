import { getUser } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { prepareCall, type Sender, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';

/** The person's customer at Stripe, made on first use; at most one per person, however many requests at once. */
export async function ensureCustomer(ctx: Ctx, userId: string): Promise<string> {
  const known = await ctx.db
    .selectFrom('stripe_customers')
    .select('stripe_customer_id')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (known !== undefined) return known.stripe_customer_id;
  const user = await getUser(ctx.db, userId);
  const callId = `customer:${userId}`;
  await inTransaction(ctx.db, (tx) =>
    prepareCall(tx, ctx.clock.now(), {
      id: callId,
      params: { email: user.email, name: user.name, metadata: { user_id: userId } },
    }),
  );
  const made = await sendCall(ctx, callId, customerSender(ctx));
  await keepCustomer(ctx, userId, made.id);
  return made.id;
}

/** Writes down whose customer this is, once. */
export async function keepCustomer(ctx: Ctx, userId: string, stripeCustomerId: string): Promise<void> {
  await ctx.db
    .insertInto('stripe_customers')
    .values({ user_id: userId, stripe_customer_id: stripeCustomerId })
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .execute();
}

export const customerSender = (ctx: Ctx): Sender<{ id: string }> => ({
  send: (params, options) => ctx.stripe.customers.create(params as Stripe.CustomerCreateParams, options),
  retrieve: async (id) => ({ id }),
  find: async (params) => {
    for await (const customer of ctx.stripe.customers.list({ email: params.email as string, limit: 100 }))
      if (customer.metadata.user_id === (params.metadata as { user_id: string }).user_id) return customer;
    return undefined;
  },
});
