import { getUser } from '../accounts/accounts.ts';
import type { Ctx } from '../context.ts';
import type { Db, Tx } from '../db/connect.ts';
import { inTransaction } from '../db/transaction.ts';
import { prepareCall, type Sender, StripeCallFailed, sendCall } from '../stripe-calls/stripe-calls.ts';
import type { Stripe } from '../vendors/stripe.ts';

/**
 * Makes the person's customer at Stripe on first use; at most one per person, however many requests at once. In place
 * of one that Stripe does not have any more another is made. It is read where a payment is opened with it.
 */
export async function ensureCustomer(ctx: Ctx, userId: string): Promise<void> {
  const known = await ctx.db
    .selectFrom('stripe_customers')
    .select(['stripe_customer_id', 'number'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (known?.stripe_customer_id != null) return;
  const user = await getUser(ctx.db, userId);
  const number = known?.number ?? 1;
  const callId = number === 1 ? `customer:${userId}` : `customer:${userId}:${number}`;
  await inTransaction(ctx.db, (tx) =>
    prepareCall(tx, ctx.clock.now(), {
      id: callId,
      params: { email: user.email, name: user.name, metadata: metadataOf(userId, number) },
    }),
  );
  const made = await sendCall(ctx, callId, customerSender(ctx));
  await keepCustomer(ctx, { userId, number }, made.id);
}

/** The customer that a person's next payment is of; undefined if Stripe has none, or has lost it. */
export async function currentCustomer(db: Db | Tx, userId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('stripe_customers')
    .select('stripe_customer_id')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row?.stripe_customer_id ?? undefined;
}

/** Writes down that this is a person's first, second … customer, once. */
export async function keepCustomer(
  ctx: Ctx,
  { userId, number }: { userId: string; number: number },
  stripeCustomerId: string,
): Promise<void> {
  await ctx.db
    .insertInto('stripe_customers')
    .values({ user_id: userId, number, stripe_customer_id: stripeCustomerId })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet({ stripe_customer_id: stripeCustomerId })
        .where('stripe_customers.number', '=', number)
        .where('stripe_customers.stripe_customer_id', 'is', null),
    )
    .execute();
}

/** Stripe does not have this customer any more: the next payment makes another. However many say so, it is one. */
export async function forgetCustomer(ctx: Ctx, stripeCustomerId: string): Promise<void> {
  await ctx.db
    .updateTable('stripe_customers')
    .set((set) => ({ stripe_customer_id: null, number: set('number', '+', 1) }))
    .where('stripe_customer_id', '=', stripeCustomerId)
    .execute();
}

/** Whether Stripe refused the call because it does not have the customer that the call names. */
export const isCustomerGone = (error: unknown): boolean =>
  error instanceof StripeCallFailed &&
  error.failure.kind === 'refused' &&
  error.failure.code === 'resource_missing' &&
  error.failure.param === 'customer';

type CustomerMetadata = { user_id: string; number?: string };

const metadataOf = (userId: string, number: number): CustomerMetadata =>
  number === 1 ? { user_id: userId } : { user_id: userId, number: String(number) };

export const customerSender = (ctx: Ctx): Sender<{ id: string }> => ({
  send: (params, options) => ctx.stripe.customers.create(params as Stripe.CustomerCreateParams, options),
  retrieve: async (id) => ({ id }),
  find: async (params) => {
    const wanted = params.metadata as CustomerMetadata;
    for await (const customer of ctx.stripe.customers.list({ email: params.email as string, limit: 100 }))
      if (customer.metadata.user_id === wanted.user_id && customer.metadata.number === wanted.number)
        return customer;
    return undefined;
  },
});
